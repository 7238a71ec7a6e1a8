#include "clipcluster/tuning.h"
#include "tuning/grid.h"

namespace clipcluster {
namespace {

// Seconds on two cores with AVX-512, measured on 1,000 to 20,000 points.
constexpr double kPerNeighborAndEpoch = 5e-9;  // of a layout, for each point
constexpr double kClustering = 2.5e-5;         // all density settings of a layout, for each point
constexpr double kPerDistance = 3e-12;         // of the neighbours, for each pair and column
constexpr double kShareOfSubsample = 0.8;

struct Level {
  std::size_t layouts;
  std::size_t seeds;
  std::size_t subsamples;
};
constexpr Level kLevels[] = {{12, 2, 6}, {12, 2, 4}, {12, 2, 2}, {12, 2, 1}, {8, 2, 1},
                             {6, 2, 1},  {4, 2, 1},  {3, 2, 1},  {2, 2, 1},  {1, 2, 1}};

double seconds_for(const Level& level, double n, double d) {
  const double epochs = n <= 10000.0 ? 500.0 : 200.0;  // UMAP's own
  double layouts = 0.0;
  for (std::size_t i = 0; i < level.layouts; ++i) {
    const int k = tuning::layout_settings()[i].n_neighbors;
    layouts += n * (epochs * k * kPerNeighborAndEpoch + kClustering);
  }
  const auto seeds = static_cast<double>(level.seeds);
  const double subsamples = static_cast<double>(level.subsamples) * kShareOfSubsample;
  const double neighbors = n * n * d * kPerDistance;
  return layouts * (seeds + subsamples) + neighbors * (1.0 + subsamples * kShareOfSubsample);
}

}  // namespace

TuningPlan tuning_plan(std::uint64_t n, std::uint64_t d, const TuningOptions& options) {
  TuningPlan plan;
  for (const Level& level : kLevels) {
    plan = {level.layouts, level.seeds, level.subsamples,
            seconds_for(level, static_cast<double>(n), static_cast<double>(d))};
    if (plan.seconds <= options.budget) break;
  }
  return plan;
}

}  // namespace clipcluster
