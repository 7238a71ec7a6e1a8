// Neighbour index: index_bench <points.npy | n> [k] [queries]
//
// Build time, bytes, recall against brute force and the time of one query, warm, on CLIP-like points (or
// those of a .npy file) of which the last `queries` rows are held out.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "clip_like.h"
#include "clipcluster/array_files.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/parallel.h"

namespace {

using namespace clipcluster;

template <class Function>
double seconds(Function&& function) {
  const auto start = std::chrono::steady_clock::now();
  function();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

SharedMatrix<float> points_of(const std::string& name) {
  if (!name.ends_with(".npy")) return bench::clip_like_points(std::stoul(name), 512, 1);
  auto read = read_npy<float>(name);
  if (!read.is_ok()) {
    fmt::print(stderr, "{}\n", read.status().message());
    std::exit(1);
  }
  return std::move(read).value();
}

template <class T>
T value(Result<T> result) {
  if (!result.is_ok()) {
    fmt::print(stderr, "{}\n", result.status().message());
    std::exit(1);
  }
  return std::move(result).value();
}

// Share of the true distances that were reached, so that ties do not count against either side.
double recall(const NeighborLists& found, const NeighborLists& truth) {
  std::size_t hits = 0;
  for (std::size_t i = 0; i < truth.distances.rows(); ++i) {
    const float last = truth.distances(i, truth.distances.cols() - 1);
    for (std::size_t j = 0; j < found.distances.cols(); ++j)
      hits += found.distances(i, j) <= last ? 1U : 0U;
  }
  return static_cast<double>(hits) / static_cast<double>(truth.distances.size());
}

}  // namespace

int main(int argc, char** argv) {
  const SharedMatrix<float> all = points_of(argc > 1 ? argv[1] : "50000");
  const int k = argc > 2 ? std::atoi(argv[2]) : 15;
  const std::size_t m = argc > 3 ? std::stoul(argv[3]) : 1000;
  const std::size_t n = all.rows() - m;
  const SharedMatrix<float> points(all.owner(), all.view().rows_between(0, n));
  const MatrixView<const float> queries = all.view().rows_between(n, n + m);
  const NeighborOptions options{k, Metric::cosine};
  std::vector<NeighborIndex> built;
  const double build =
      seconds([&] { built.push_back(value(build_neighbor_index(points, Metric::cosine))); });
  const NeighborIndex& index = built.front();
  const auto truth = value(query_neighbors(points, queries, options));
  const auto found = value(query_neighbors(index, queries, options));
  std::vector<double> times;
  for (std::size_t i = 0; i < m; ++i) {
    times.push_back(
        seconds([&] { value(query_neighbors(index, queries.rows_between(i, i + 1), options)); }));
  }
  std::sort(times.begin(), times.end());
  fmt::print(
      "n {} x {} k {}: cells {}, directions {}, build {:.2f} s, {:.1f} MB over {:.0f} MB; recall {:.4f}; "
      "one query median {:.3f} ms, "
      "p99 {:.3f} ms\n",
      n, points.cols(), k, index.has_cells(),
      index.to_arrays().has("directions") ? value(index.to_arrays().matrix<float>("directions")).rows() * 16
                                          : 0,
      build, static_cast<double>(index.bytes()) / 1e6, static_cast<double>(n * points.cols() * 4) / 1e6,
      recall(found, truth), times[m / 2] * 1e3, times[m * 99 / 100] * 1e3);
}
