#include "tuning/samples.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "clipcluster/random.h"
#include "tuning/grid.h"

namespace clipcluster::tuning {
namespace {

constexpr double kShare = 0.8;

Result<NeighborLists> neighbors_of(MatrixView<const float> points, Metric metric, Progress& progress) {
  const auto k = static_cast<int>(std::min<std::size_t>(kMostNeighbors, points.rows()));
  return nearest_neighbors(points, {.k = k, .metric = metric}, progress);
}

MatrixF copy_rows(MatrixView<const float> points, const std::vector<std::int32_t>& rows) {
  MatrixF copy(rows.size(), points.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = points.row_span(static_cast<std::size_t>(rows[i]));
    std::copy(row.begin(), row.end(), copy.row(i));
  }
  return copy;
}

}  // namespace

Result<Sample> whole_sample(const SharedMatrix<float>& points, Metric metric, Progress& progress) {
  Sample sample;
  sample.rows.resize(points.rows());
  std::iota(sample.rows.begin(), sample.rows.end(), 0);
  sample.points = points;
  CLIPCLUSTER_ASSIGN_OR_RETURN(sample.neighbors, neighbors_of(points, metric, progress));
  return sample;
}

Result<Sample> subsample(const SharedMatrix<float>& points, Metric metric, std::uint64_t seed,
                         std::size_t number, Progress& progress) {
  const CounterRandom random(seed, "tuning subsample");
  Sample sample;
  for (std::size_t i = 0; i < points.rows(); ++i) {
    if (random.uniform(i, number) < kShare) sample.rows.push_back(static_cast<std::int32_t>(i));
  }
  // Of very few points chance may take nearly none.
  for (std::size_t i = 0; sample.rows.size() < 3 && i < 3; ++i) {
    const auto row = static_cast<std::int32_t>(i);
    if (std::find(sample.rows.begin(), sample.rows.end(), row) == sample.rows.end())
      sample.rows.insert(sample.rows.begin() + static_cast<std::ptrdiff_t>(i), row);
  }
  std::sort(sample.rows.begin(), sample.rows.end());
  sample.points = copy_rows(points, sample.rows);
  CLIPCLUSTER_ASSIGN_OR_RETURN(sample.neighbors, neighbors_of(sample.points, metric, progress));
  return sample;
}

std::vector<std::int32_t> some_rows(std::size_t n, std::size_t count, std::uint64_t seed) {
  std::vector<std::int32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0);
  if (n <= count) return rows;
  const CounterRandom random(seed, "tuning rows");
  const auto key = [&](std::int32_t row) {
    return std::pair(random.bits(static_cast<std::uint64_t>(row)), row);
  };
  std::nth_element(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end(),
                   [&](std::int32_t a, std::int32_t b) { return key(a) < key(b); });
  rows.resize(count);
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<std::int32_t> at_rows(const std::vector<std::int32_t>& values,
                                  const std::vector<std::int32_t>& rows) {
  std::vector<std::int32_t> found;
  found.reserve(rows.size());
  for (const std::int32_t row : rows) found.push_back(values[static_cast<std::size_t>(row)]);
  return found;
}

}  // namespace clipcluster::tuning
