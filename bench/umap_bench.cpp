// Times UMAP's fit from given neighbours, and the transform of one row, on CLIP-like vectors:
//   umap_bench [rows] [n_components] [n_neighbors] [dimensions]
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "clip_like.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/parallel.h"
#include "clipcluster/umap.h"

namespace {

using namespace clipcluster;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int argument(int argc, char** argv, int index, int otherwise) {
  return index < argc ? std::atoi(argv[index]) : otherwise;
}

// Notes when the layout begins and ends.
class LayoutTime : public Progress {
 public:
  void report(const ProgressEvent& event) override {
    if (event.step == "layout" && event.done == 0) begin_ = seconds_now();
    if (event.step == "layout" && event.done == event.total) seconds_ = seconds_now() - begin_;
  }
  double seconds() const { return seconds_; }

 private:
  double begin_ = 0.0;
  double seconds_ = 0.0;
};

template <class T>
T value_or_exit(Result<T> result) {
  if (result.is_ok()) return std::move(*result);
  fmt::print(stderr, "{}\n", result.status().message());
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  const int n = argument(argc, argv, 1, 20000);
  UmapOptions options;
  options.n_components = argument(argc, argv, 2, 5);
  options.n_neighbors = argument(argc, argv, 3, 15);
  options.metric = Metric::cosine;
  options.min_dist = 0.0;
  const auto d = static_cast<std::size_t>(argument(argc, argv, 4, 64));
  const MatrixF points = bench::clip_like_points(static_cast<std::size_t>(n), d, 1);
  const NeighborLists neighbors =
      value_or_exit(nearest_neighbors(points, {options.n_neighbors, options.metric}));
  LayoutTime time;
  const double begin = seconds_now();
  const UmapModel model =
      value_or_exit(fit_umap(SharedMatrix<float>::borrow(points), options, &neighbors, time));
  const double fit = seconds_now() - begin;
  fmt::print("{} x {} -> {}, n_neighbors {}, {} threads\n", n, d, options.n_components, options.n_neighbors,
             thread_count());
  fmt::print("graph and start {:.2f} s, layout {:.2f} s\n", fit - time.seconds(), time.seconds());
  MatrixF one = MatrixF::copy_of(points.view().rows_between(0, 1));
  one(0, 0) += 1e-3F;
  const NeighborLists nearest =
      value_or_exit(query_neighbors(points, one, {options.n_neighbors, options.metric}));
  const double transform_begin = seconds_now();
  value_or_exit(umap_transform(model, one, &nearest));
  fmt::print("transform of one row, neighbours given: {:.3f} ms\n",
             1e3 * (seconds_now() - transform_begin));
  return 0;
}
