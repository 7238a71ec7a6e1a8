// The answer for one new vector: assign_bench [training rows] [queries]
//
// Fits a project in a temporary folder to CLIP-like vectors (default 150,000 x 512), opens it again, and
// times single vectors, warm: search, transform, predict, and the assigner's whole answer.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "clip_like.h"
#include "clipcluster/hdbscan.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/pipeline.h"
#include "clipcluster/umap.h"
#include "pipeline/fit_points.h"
#include "pipeline/fitted_project.h"

namespace {

using namespace clipcluster;

template <class T>
T value(Result<T> result) {
  if (!result.is_ok()) {
    fmt::print(stderr, "{}\n", result.status().message());
    std::exit(1);
  }
  return std::move(result).value();
}

double seconds(const std::function<void()>& function) {
  const auto start = std::chrono::steady_clock::now();
  function();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(const char* what, MatrixView<const float> queries,
             const std::function<void(MatrixView<const float>)>& answer) {
  std::vector<double> times;
  for (std::size_t i = 0; i < queries.rows(); ++i) {
    times.push_back(1e3 * seconds([&] { answer(queries.rows_between(i, i + 1)); }));
  }
  fmt::print("{:22} first {:8.3f} ms", what, times.front());
  std::sort(times.begin(), times.end());
  fmt::print(", median {:7.3f} ms, p99 {:7.3f} ms\n", times[times.size() / 2],
             times[times.size() * 99 / 100]);
}

std::uint64_t bytes_below(const std::string& folder, const std::string& ending) {
  std::uint64_t bytes = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (file.is_regular_file() && file.path().string().ends_with(ending)) bytes += file.file_size();
  }
  return bytes;
}

void fit(const std::string& folder, MatrixView<const float> points) {
  RunSummary summary = value(fit_embeddings(folder, points, {}, {}));
  for (const StepTiming& step : summary.steps) fmt::print("  {:24} {:7.2f} s\n", step.name, step.seconds);
  fmt::print("project {:.0f} MB, of that the index {:.1f} MB\n",
             static_cast<double>(bytes_below(folder, "")) / 1e6,
             static_cast<double>(bytes_below(folder, "neighbors.ccm")) / 1e6);
}

void measure_steps(const std::string& folder, MatrixView<const float> queries) {
  const internal::FittedProject fitted = value(internal::read_fitted_project(folder));
  const SharedMatrix<float> training = fitted.training_embeddings();
  internal::Reduction reduction = value(internal::stored_reduction(fitted.arrays, training));
  const HdbscanModel hdbscan = value(HdbscanModel::from_arrays(*fitted.arrays.hdbscan));
  std::optional<NeighborIndex> index;
  if (fitted.arrays.neighbors)
    index = value(NeighborIndex::from_arrays(*fitted.arrays.neighbors, training));
  internal::share_index(index, reduction);
  if (index) {
    measure("search, k = 15", queries, [&](MatrixView<const float> row) {
      value(query_neighbors(*index, row, {15, Metric::cosine}));
    });
  }
  measure("transform", queries,
          [&](MatrixView<const float> row) { value(umap_transform(*reduction.umap, row)); });
  const MatrixF places = value(umap_transform(*reduction.umap, queries));
  const Matrix<double> coordinates = internal::to_double(places);
  std::vector<double> times;
  for (std::size_t i = 0; i < coordinates.rows(); ++i) {
    times.push_back(1e3 * seconds([&] {
                      value(approximate_predict(hdbscan, coordinates.view().rows_between(i, i + 1)));
                    }));
  }
  fmt::print("{:22} first {:8.3f} ms", "predict", times.front());
  std::sort(times.begin(), times.end());
  fmt::print(", median {:7.3f} ms, p99 {:7.3f} ms\n", times[times.size() / 2],
             times[times.size() * 99 / 100]);
  measure("transform + predict", queries, [&](MatrixView<const float> row) {
    value(internal::assign_points(reduction, hdbscan, row, Progress::none()));
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t n = argc > 1 ? std::stoul(argv[1]) : 150'000;
  const std::size_t m = argc > 2 ? std::stoul(argv[2]) : 500;
  const std::string folder = argc > 3 ? argv[3] : std::filesystem::temp_directory_path() / "assign_bench";
  const MatrixF all = bench::clip_like_points(n + m, 512, 1);
  if (!std::filesystem::exists(folder)) fit(folder, all.view().rows_between(0, n));
  const MatrixView<const float> queries = all.view().rows_between(n, n + m);
  measure_steps(folder, queries);
  std::vector<Assigner> assigner;
  fmt::print("open {:.3f} s\n", seconds([&] { assigner.push_back(value(Assigner::open(folder))); }));
  measure("assign_vectors", queries,
          [&](MatrixView<const float> row) { value(assigner[0].assign_vectors(row)); });
}
