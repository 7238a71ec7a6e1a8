// An order of points in which neighbours are near each other, and an order of meetings in which near
// blocks meet first. Neither changes a result: they let limits fall early and let tiles be alike, so that
// more of them stop after a few coordinates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "clipcluster/matrix.h"

namespace clipcluster::neighbors {

// The rows listed in `ids`, reordered: split in two by 2-means again and again.
// coordinates: [rows, c], of which a few decide.
std::vector<std::int32_t> order_by_bisection(MatrixView<const float> coordinates,
                                             std::vector<std::int32_t> ids);

using BlockPair = std::pair<std::uint32_t, std::uint32_t>;

// Every pair (a, b), a < b, of blocks of `block_rows` consecutive rows of `order`, in rounds in each of
// which a block occurs at most once; pairs whose means are near come in early rounds.
std::vector<std::vector<BlockPair>> meetings(MatrixView<const float> coordinates,
                                             const std::vector<std::int32_t>& order,
                                             std::size_t block_rows);

}  // namespace clipcluster::neighbors
