// An order of points that depends on where they are and not on the order of rows: by their
// coordinates. Only exact duplicates, which nothing tells apart, are left to their row numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"

namespace clipcluster::hdbscan {

// rows: of `points`, ascending. Returns them in order.
std::vector<std::int32_t> canonical_order(MatrixView<const double> points,
                                          const std::vector<std::int32_t>& rows);

}  // namespace clipcluster::hdbscan
