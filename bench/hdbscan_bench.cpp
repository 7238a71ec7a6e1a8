// Times fit_hdbscan and prediction on Gaussian blobs with noise: hdbscan_bench [n] [d] [min_samples]
// [min_cluster_size] [threads]. Beside the time on the clock it tells that of all processors, which other
// programs on the machine change less.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "clipcluster/hdbscan.h"
#include "clipcluster/parallel.h"
#include "clipcluster/random.h"

namespace clipcluster {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// 60 blobs of differing width, and one point in ten anywhere.
Matrix<double> blobs(std::size_t n, std::size_t d) {
  const CounterRandom random(7, "hdbscan bench");
  const CounterRandom centres(7, "hdbscan bench centres");
  Matrix<double> points(n, d);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t blob = i % 60;
    for (std::size_t j = 0; j < d; ++j) {
      const double centre = 20.0 * centres.uniform(blob, j);
      points(i, j) = i % 10 == 3 ? 20.0 * random.uniform(i, j)
                                 : centre + (0.2 + 0.01 * static_cast<double>(blob)) * random.normal(i, j);
    }
  }
  return points;
}

// When each step began, from what it reports.
class StepTimes : public Progress {
 public:
  void report(const ProgressEvent& event) override {
    if (event.done == 0) start_ = Clock::now();
    if (event.done == event.total) {
      std::printf("  %-16.*s %7.3f s\n", static_cast<int>(event.step.size()), event.step.data(),
                  seconds_since(start_));
    }
  }

 private:
  Clock::time_point start_;
};

int run(std::size_t n, std::size_t d, const HdbscanOptions& options) {
  const SharedMatrix<double> points(blobs(n, d));
  HdbscanResult fitted;
  for (int repeat = 0; repeat < 3; ++repeat) {
    StepTimes steps;
    const auto start = Clock::now();
    const double processor_start = processor_seconds();
    Result<HdbscanResult> result = fit_hdbscan(points, options, steps);
    if (!result.is_ok()) {
      std::fprintf(stderr, "%s\n", result.status().message().c_str());
      return 1;
    }
    fitted = std::move(result).value();
    std::printf("fit %zu x %zu      %7.3f s (processors %.3f s), %zu clusters\n", n, d,
                seconds_since(start), processor_seconds() - processor_start, fitted.cluster_ids.size());
  }
  auto start = Clock::now();
  const HdbscanModel model = make_hdbscan_model(points, options, fitted);
  std::printf("make model         %7.3f s\n", seconds_since(start));
  const Matrix<double> queries = blobs(1000, d);
  for (const PredictionRule rule : {PredictionRule::consistent, PredictionRule::compatible}) {
    // The first one makes what is kept for the others.
    if (!approximate_predict(model, queries.view().rows_between(0, 1), rule).is_ok()) return 1;
    const double processor_start = processor_seconds();
    start = Clock::now();
    for (std::size_t i = 0; i < queries.rows(); ++i) {
      if (!approximate_predict(model, queries.view().rows_between(i, i + 1), rule).is_ok()) return 1;
    }
    std::printf("predict one, %s %7.3f ms (processors %.3f ms)\n",
                rule == PredictionRule::consistent ? "consistent" : "compatible", seconds_since(start),
                processor_seconds() - processor_start);
  }
  start = Clock::now();
  const double processor_start = processor_seconds();
  const auto ignore = [](std::size_t, MatrixView<const double>) { return Status(); };
  if (!membership_vectors(model, ignore).is_ok()) return 1;
  std::printf("memberships        %7.3f s (processors %.3f s)\n", seconds_since(start),
              processor_seconds() - processor_start);
  return 0;
}

}  // namespace
}  // namespace clipcluster

int main(int argc, char** argv) {
  const auto argument = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  clipcluster::HdbscanOptions options;
  options.min_samples = argument(3, 10);
  options.min_cluster_size = argument(4, 300);
  clipcluster::set_thread_count(argument(5, 0));
  return clipcluster::run(static_cast<std::size_t>(argument(1, 20000)),
                          static_cast<std::size_t>(argument(2, 5)), options);
}
