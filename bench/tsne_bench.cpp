// Times t-SNE's layout from given neighbours, and the transform of one row, on CLIP-like vectors:
//   tsne_bench [rows] [n_components] [perplexity] [dimensions] [method: 0 automatic, 2 tree]
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "clip_like.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/parallel.h"
#include "clipcluster/tsne.h"

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
  const auto n = static_cast<std::size_t>(argument(argc, argv, 1, 20000));
  TsneOptions options;
  options.n_components = argument(argc, argv, 2, 2);
  options.perplexity = argument(argc, argv, 3, 30);
  options.method = static_cast<TsneMethod>(argument(argc, argv, 5, 0));
  const auto d = static_cast<std::size_t>(argument(argc, argv, 4, 64));
  const MatrixF points = bench::clip_like_points(n, d, 1);
  const NeighborLists neighbors =
      value_or_exit(nearest_neighbors(points, {tsne_neighbors(options, n), options.metric}));
  LayoutTime time;
  const double begin = seconds_now();
  const TsneModel model =
      value_or_exit(fit_tsne(SharedMatrix<float>::borrow(points), options, &neighbors, time));
  const double fit = seconds_now() - begin;
  fmt::print("{} x {} -> {}, perplexity {}, {} threads\n", n, d, options.n_components, model.perplexity,
             thread_count());
  fmt::print("affinities and start {:.2f} s, layout {:.2f} s, KL divergence {:.4f}\n", fit - time.seconds(),
             time.seconds(), model.kl_divergence);
  MatrixF one = MatrixF::copy_of(points.view().rows_between(0, 1));
  one(0, 0) += 1e-3F;
  const NeighborLists nearest =
      value_or_exit(query_neighbors(points, one, {tsne_transform_neighbors(n), options.metric}));
  const double transform_begin = seconds_now();
  value_or_exit(tsne_transform(model, one, &nearest));
  fmt::print("transform of one row, neighbours given: {:.3f} ms\n",
             1e3 * (seconds_now() - transform_begin));
  return 0;
}
