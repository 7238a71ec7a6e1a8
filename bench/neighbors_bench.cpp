// Exact neighbours: neighbors_bench [n ...]
//
// For each n (default 20000 50000 150000) and k = 15, 70, on CLIP-like points of 512 dimensions, cosine:
// seconds, the rate that these amount to if each unordered pair were multiplied once in full (n^2 d
// multiply-adds / 2; the search leaves most of them out, so it may exceed a GEMM's), and the time of
// one query.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <vector>

#include "clip_like.h"
#include "clipcluster/cpu.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/parallel.h"

namespace {

using clipcluster::MatrixF;
using clipcluster::MatrixView;

constexpr std::size_t kDimensions = 512;

template <class Function>
double seconds(Function&& function) {
  const auto start = std::chrono::steady_clock::now();
  function();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(MatrixView<const float> points, int k) {
  const clipcluster::NeighborOptions options{k, clipcluster::Metric::cosine};
  double mean_distance = 0.0;
  const double all = seconds([&] {
    const auto lists = clipcluster::nearest_neighbors(points, options);
    if (!lists.is_ok()) std::exit(1);
    for (std::size_t i = 0; i < points.rows(); ++i)
      mean_distance += lists->distances(i, lists->distances.cols() - 1);
  });
  double query = 1e9;
  for (std::size_t i = 0; i < 5; ++i) {
    query = std::min(
        query, seconds([&] {
          if (!clipcluster::query_neighbors(points, points.rows_between(i, i + 1), options).is_ok()) {
            std::exit(1);
          }
        }));
  }
  const auto n = static_cast<double>(points.rows());
  fmt::print("n {:7} k {:3}: {:7.2f} s, {:6.0f} GFLOP/s, last neighbour at {:.4f}; one query {:.2f} ms\n",
             points.rows(), k, all, n * n * kDimensions / all / 1e9, mean_distance / n, query * 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::size_t> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(std::strtoull(argv[i], nullptr, 10));
  if (sizes.empty()) sizes = {20'000, 50'000, 150'000};
  fmt::print("{} threads, {}\n", clipcluster::thread_count(),
             clipcluster::instruction_set_name(clipcluster::instruction_set()));
  for (const std::size_t n : sizes) {
    const MatrixF points = clipcluster::bench::clip_like_points(n, kDimensions, 1);
    for (const int k : {15, 70}) measure(points, k);
  }
}
