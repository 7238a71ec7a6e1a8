// Neighbours within a sample of points, from the neighbours of all of them.
#pragma once

#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

struct Sample {
  std::vector<std::int32_t> rows;      // ascending
  std::vector<std::int32_t> number;    // [n] of each point in the sample, -1 if it is not there
  std::vector<std::int32_t> left_out;  // ascending
};
Sample make_sample(const std::vector<bool>& is_left_out);

MatrixF gather_rows(MatrixView<const float> points, const std::vector<std::int32_t>& rows);

// What nearest_neighbors(sampled, {k, metric}) gives, k capped at the rows of the sample. all: neighbours
// of all n points; rows with too few of them in the sample are searched anew.
Result<NeighborLists> sampled_neighbors(const NeighborLists& all, const Sample& sample,
                                        MatrixView<const float> sampled, const NeighborOptions& options);

// The label that most of the first k neighbours of `point` in the sample have; of equally many the one of
// the nearest. Without any neighbour in the sample -1.
std::int32_t neighbors_label(const NeighborLists& all, const Sample& sample, std::size_t point, int k,
                             const std::vector<std::int32_t>& labels);

}  // namespace clipcluster::internal
