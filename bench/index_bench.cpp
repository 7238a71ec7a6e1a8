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
#include "neighbors/partition/approximate_neighbors.h"
#include "neighbors/rows.h"

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

// All points at once: recall on `m` of them, spread over all.
void measure_all(const SharedMatrix<float>& points, int k, std::size_t m) {
  using namespace neighbors;
  const auto argument = [](const char* name, std::size_t usual) {
    const char* text = std::getenv(name);
    return text == nullptr ? usual : std::stoul(text);
  };
  const std::size_t n = points.rows();
  MatrixF queries(m, points.cols());
  for (std::size_t i = 0; i < m; ++i) {
    std::copy_n(points.row(n * i / m), points.cols(), queries.row(i));
  }
  const auto truth = value(query_neighbors(points, queries, {k, Metric::cosine}));
  const auto scales = value(row_scales(points, Metric::cosine, "points"));
  ApproximateEffort effort = usual_approximate_effort(n, static_cast<std::size_t>(k));
  effort.cells.rows_scanned = argument("ROWS", effort.cells.rows_scanned);
  effort.cells.candidates = argument("CANDIDATES", effort.cells.candidates);
  effort.list = argument("LIST", effort.list);
  effort.width = argument("WIDTH", effort.width);
  const int passes = static_cast<int>(argument("PASSES", static_cast<std::size_t>(effort.passes)));
  for (effort.passes = static_cast<int>(argument("FROM", 0)); effort.passes <= passes; ++effort.passes) {
    NeighborLists lists{MatrixI(n, static_cast<std::size_t>(k)), MatrixF(n, static_cast<std::size_t>(k))};
    for (std::size_t i = 0; i < n; ++i) lists.indices(i, 0) = static_cast<std::int32_t>(i);
    const double time = seconds([&] {
      value(search_by_cells({points, scales}, Metric::cosine, effort, lists, Progress::none()));
    });
    NeighborLists chosen{MatrixI(m, static_cast<std::size_t>(k)), MatrixF(m, static_cast<std::size_t>(k))};
    for (std::size_t i = 0; i < m; ++i) {
      std::copy_n(lists.indices.row(n * i / m), k, chosen.indices.row(i));
      std::copy_n(lists.distances.row(n * i / m), k, chosen.distances.row(i));
    }
    fmt::print(
        "all {} x {} k {}: rows {} candidates {} list {} width {} passes {}: {:.2f} s, recall {:.4f}\n", n,
        points.cols(), k, effort.cells.rows_scanned, effort.cells.candidates, effort.list, effort.width,
        effort.passes, time, recall(chosen, truth));
  }
}

int main(int argc, char** argv) {
  const SharedMatrix<float> all = points_of(argc > 1 ? argv[1] : "50000");
  const int k = argc > 2 ? std::atoi(argv[2]) : 15;
  const std::size_t m = argc > 3 ? std::stoul(argv[3]) : 1000;
  const std::size_t n = all.rows() - m;
  const SharedMatrix<float> points(all.owner(), all.view().rows_between(0, n));
  const MatrixView<const float> queries = all.view().rows_between(n, n + m);
  const NeighborOptions options{k, Metric::cosine};
  if (std::getenv("ALL") != nullptr) {
    measure_all(points, k, m);
    return 0;
  }
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
