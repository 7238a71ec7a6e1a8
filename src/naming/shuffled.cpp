#include "naming/shuffled.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "clipcluster/random.h"
#include "naming/products.h"

namespace clipcluster::naming {
namespace {

constexpr std::size_t kEnoughClusters = 100;
constexpr std::size_t kMostShuffles = 20;

// Fisher and Yates.
std::vector<std::size_t> shuffle(std::size_t count, std::uint64_t seed, std::uint64_t number) {
  const CounterRandom random(seed, "naming shuffles");
  std::vector<std::size_t> place(count);
  std::iota(place.begin(), place.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i) {
    std::swap(place[i - 1], place[random.below(static_cast<std::uint32_t>(i), i, number)]);
  }
  return place;
}

ChanceScores mean_and_deviation(const std::vector<double>& values) {
  ChanceScores result;
  if (values.size() < 2) return result;
  const auto n = static_cast<double>(values.size());
  result.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0.0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.deviation = std::max(std::sqrt(squares / (n - 1.0)), 1e-6);
  return result;
}

}  // namespace

std::vector<double> standard_errors(const Groups& groups, std::size_t clusters) {
  const std::vector<double> sizes = effective_sizes(groups);
  double all = 0.0;
  double occupied = 0.0;
  for (const double size : sizes) {
    if (size > 0.0) all += 1.0 / size;
    occupied += size > 0.0 ? 1.0 : 0.0;
  }
  std::vector<double> errors(clusters, 0.0);
  if (occupied < 2.0) return errors;
  for (std::size_t k = 0; k < clusters; ++k) {
    if (sizes[k] == 0.0) continue;
    const double own = 1.0 / sizes[k];
    errors[k] = std::sqrt(own + (all - own) / ((occupied - 1.0) * (occupied - 1.0)));
  }
  return errors;
}

MatrixF scores_of(const MatrixF& contrasts, MatrixView<const float> names, std::span<const double> spread) {
  MatrixF scores = products(contrasts, names);
  for (std::size_t k = 0; k < scores.rows(); ++k) {
    for (std::size_t v = 0; v < scores.cols(); ++v)
      scores(k, v) = static_cast<float>(scores(k, v) / spread[v]);
  }
  return scores;
}

Result<ChanceScores> chance_scores(const Groups& groups, MatrixView<const float> images,
                                   std::size_t clusters, MatrixView<const float> names,
                                   std::span<const double> spread, std::uint64_t seed, Progress& progress) {
  const std::vector<double> errors = standard_errors(groups, clusters);
  const std::size_t shuffles =
      std::clamp<std::size_t>((kEnoughClusters + clusters - 1) / clusters, 1, kMostShuffles);
  std::vector<double> best;
  for (std::size_t number = 0; number < shuffles; ++number) {
    progress.report({"naming", number, shuffles, "shuffles"});
    if (progress.cancelled()) return Status::cancelled();
    const std::vector<std::size_t> place = shuffle(images.rows(), seed, number);
    const MatrixF scores =
        scores_of(contrasts(groups, centroids(groups, images, place), clusters), names, spread);
    for (std::size_t k = 0; k < clusters; ++k) {
      if (errors[k] == 0.0) continue;
      best.push_back(*std::max_element(scores.row(k), scores.row(k) + scores.cols()) / errors[k]);
    }
  }
  progress.report({"naming", shuffles, shuffles, "shuffles"});
  return mean_and_deviation(best);
}

}  // namespace clipcluster::naming
