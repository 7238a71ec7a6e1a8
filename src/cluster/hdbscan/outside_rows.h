// From the numbers of a fit to those of rows; rows that took no part (NaN or infinity) are put back
// into its trees.
#pragma once

#include <span>

#include "clipcluster/hdbscan.h"

namespace clipcluster::hdbscan {

// `fit` describes only the rows in `kept` (out of `n`) and numbers them 0.. in that order. Afterwards
// it numbers them by row and describes all: the others are noise with score 0, leave the root at
// lambda 0 and join the linkage at infinity; the spanning tree has no edge to them.
void number_by_row(HdbscanResult& fit, std::span<const std::int32_t> kept, std::size_t n);

}  // namespace clipcluster::hdbscan
