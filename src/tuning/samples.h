// What the layouts are made of: all points, or four fifths of them.
#pragma once

#include <cstdint>
#include <vector>

#include "clipcluster/named_arrays.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster::tuning {

struct Sample {
  std::vector<std::int32_t> rows;  // ascending; of the whole
  SharedMatrix<float> points;
  NeighborLists neighbors;  // as many as the largest n_neighbors needs; fewer are a prefix
};

Result<Sample> whole_sample(const SharedMatrix<float>& points, Metric metric, Progress& progress);
// About 80 % of the points; which ones depends on the seed, the number and the row alone.
Result<Sample> subsample(const SharedMatrix<float>& points, Metric metric, std::uint64_t seed,
                         std::size_t number, Progress& progress);

// `count` of n rows, or all where there are no more, ascending.
std::vector<std::int32_t> some_rows(std::size_t n, std::size_t count, std::uint64_t seed);

// The values at some places.
std::vector<std::int32_t> at_rows(const std::vector<std::int32_t>& values,
                                  const std::vector<std::int32_t>& rows);

}  // namespace clipcluster::tuning
