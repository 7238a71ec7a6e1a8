#include "pipeline/split.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "clipcluster/evaluation.h"
#include "clipcluster/random.h"

namespace clipcluster::internal {
namespace {

// Hashes are spread evenly already; FNV-1a only turns the text into the number that CounterRandom
// wants.
std::uint64_t number_of(const std::string& hash) {
  std::uint64_t number = 0xCBF29CE484222325ULL;
  for (const char c : hash) number = (number ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return number;
}

struct SideFigures {
  double noise_share = 0.0;
  double mean_probability = 0.0;
};

SideFigures measure_side(std::span<const ProjectPoint> points) {
  std::size_t noise = 0;
  double sum = 0.0;
  for (const ProjectPoint& point : points) {
    noise += point.label < 0 ? 1U : 0U;
    sum += point.label < 0 ? 0.0 : point.probability;
  }
  SideFigures figures;
  if (points.empty()) return figures;
  const std::size_t clustered = points.size() - noise;
  figures.noise_share = static_cast<double>(noise) / static_cast<double>(points.size());
  figures.mean_probability = clustered == 0 ? 0.0 : sum / static_cast<double>(clustered);
  return figures;
}

Result<double> agreement(std::span<const ProjectPoint> points, std::span<const std::int32_t> everything) {
  if (points.empty()) return 0.0;
  std::vector<std::int32_t> labels;
  for (const ProjectPoint& point : points) labels.push_back(point.label);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Evaluation scores, evaluate_clustering(labels, everything));
  return scores.with_noise.adjusted_rand_index;
}

}  // namespace

std::vector<bool> choose_held_out(std::span<const std::string> hashes, double fraction,
                                  std::uint64_t seed) {
  std::vector<bool> held_out(hashes.size(), false);
  if (hashes.empty() || fraction <= 0.0) return held_out;
  const CounterRandom random(seed, "test split");
  std::vector<std::pair<std::uint64_t, std::size_t>> order;
  for (std::size_t i = 0; i < hashes.size(); ++i) order.emplace_back(random.bits(number_of(hashes[i])), i);
  std::sort(order.begin(), order.end());
  const auto wanted = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(hashes.size())));
  const std::size_t count = std::min(wanted, hashes.size() - 1);
  for (std::size_t i = 0; i < count; ++i) held_out[order[i].second] = true;
  return held_out;
}

Result<SplitFigures> measure_split(std::span<const ProjectPoint> points,
                                   std::span<const std::int32_t> everything) {
  const auto first_held_out =
      std::find_if(points.begin(), points.end(), [](const ProjectPoint& point) { return point.held_out; });
  const auto training = static_cast<std::size_t>(first_held_out - points.begin());
  SplitFigures figures;
  figures.training = training;
  figures.held_out = points.size() - training;
  const SideFigures inside = measure_side(points.first(training));
  const SideFigures outside = measure_side(points.subspan(training));
  figures.training_noise_share = inside.noise_share;
  figures.training_mean_probability = inside.mean_probability;
  figures.held_out_noise_share = outside.noise_share;
  figures.held_out_mean_probability = outside.mean_probability;
  CLIPCLUSTER_ASSIGN_OR_RETURN(figures.agreement_training,
                               agreement(points.first(training), everything.first(training)));
  CLIPCLUSTER_ASSIGN_OR_RETURN(figures.agreement_held_out,
                               agreement(points.subspan(training), everything.subspan(training)));
  return figures;
}

}  // namespace clipcluster::internal
