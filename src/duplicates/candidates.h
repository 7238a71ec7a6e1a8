// Pairs that may be copies of each other.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "clipcluster/duplicates.h"

namespace clipcluster::internal {

// For each row the rows worth comparing with it, ascending; symmetric.
using CandidateLists = std::vector<std::vector<std::uint32_t>>;

Result<CandidateLists> find_candidates(MatrixView<const float> embeddings,
                                       std::span<const PictureSquare> squares, int candidates,
                                       Progress& progress);

}  // namespace clipcluster::internal
