// What a fit fixes about noise, and what follows from it for a point. docs/noise.md.
#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>

#include "clipcluster/noise.h"

namespace clipcluster {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// An assigned point is never told to be likelier than this, however loose its cluster.
constexpr double kMostAssigned = 0.5;
// Beyond so many robust standard deviations a point is unlike the others.
constexpr double kUnlikeDeviations = 2.0;
// A median absolute deviation is this part of the standard deviation of a normal distribution.
constexpr double kDeviationOfMad = 1.4826;
// Two distances count as equal when the larger is at most so many times the smaller.
constexpr double kNearlyEqual = 1.25;

// The lower of the two in the middle. values: not empty.
double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Exact duplicates have core distance 0, which measures nothing.
double typical_reach(const HdbscanModel& model) {
  std::vector<double> distances;
  for (std::size_t row = 0; row < model.labels.size(); ++row) {
    const double distance = model.core_distances[row];
    if (model.labels[row] >= 0 && distance > 0.0 && distance < kInfinity) distances.push_back(distance);
  }
  return distances.empty() ? 1.0 : median(std::move(distances));
}

// From which probability on the denser half of each cluster begins.
std::vector<double> core_probabilities(const HdbscanModel& model) {
  std::vector<std::vector<double>> members(model.cluster_ids.size());
  for (std::size_t row = 0; row < model.labels.size(); ++row) {
    if (model.labels[row] >= 0)
      members[static_cast<std::size_t>(model.labels[row])].push_back(-model.probabilities[row]);
  }
  std::vector<double> core;
  for (auto& probabilities : members) {
    core.push_back(probabilities.empty() ? 1.0 : -median(std::move(probabilities)));
  }
  return core;
}

std::vector<double> assigned_probabilities(const HdbscanModel& model) {
  std::vector<double> most(model.cluster_ids.size(), kMostAssigned);
  for (std::size_t row = 0; row < model.labels.size(); ++row) {
    if (model.labels[row] < 0) continue;
    double& least = most[static_cast<std::size_t>(model.labels[row])];
    least = std::min(least, model.probabilities[row]);
  }
  return most;
}

double unlike_distance(std::span<const float> neighbor_distances) {
  if (neighbor_distances.empty()) return kInfinity;
  std::vector<double> values(neighbor_distances.begin(), neighbor_distances.end());
  const double middle = median(values);
  for (double& value : values) value = std::abs(value - middle);
  return middle + kUnlikeDeviations * kDeviationOfMad * median(std::move(values));
}

// Nearly as near to one as to the other, and not off to the side of both: of the triangle with the nearest
// member of each, the side between these two is the longest.
bool is_between(const NearestClusters& nearest) {
  if (nearest.labels[1] < 0) return false;
  return nearest.distances[1] <= kNearlyEqual * nearest.distances[0] && nearest.gap >= nearest.distances[1];
}

NoiseReason reason_of(const NoiseRule& rule, const NoisePoint& point) {
  if (point.blank) return NoiseReason::blank;
  if (point.neighbor_distance > rule.unlike_distance) return NoiseReason::unlike;
  return is_between(point.nearest) ? NoiseReason::between : NoiseReason::thin;
}

bool is_reluctant(NoiseReason reason) {
  return reason == NoiseReason::blank || reason == NoiseReason::unlike;
}

NoiseVerdict member_by(const NeighborVote& vote) {
  return {NoiseReason::none, 0.0, Tier::member, vote.label, vote.probability};
}

bool is_assigned(const NoiseRule& rule, const NoiseVerdict& verdict) {
  const bool reluctant = is_reluctant(verdict.reason);
  if (rule.options.policy == NoisePolicy::keep) return false;
  if (rule.options.policy != NoisePolicy::target) return !reluctant;
  return verdict.sureness >= (reluctant ? rule.least_sureness_of_unlike : rule.least_sureness);
}

}  // namespace

NoiseRule make_noise_rule(const HdbscanModel& model, const NoiseOptions& options,
                          std::span<const float> neighbor_distances) {
  assert(neighbor_distances.empty() || neighbor_distances.size() == model.labels.size());
  NoiseRule rule;
  rule.options = options;
  rule.reach = typical_reach(model);
  rule.core_probability = core_probabilities(model);
  rule.assigned_probability = assigned_probabilities(model);
  rule.unlike_distance = unlike_distance(neighbor_distances);
  return rule;
}

NoiseVerdict judge_noise(const NoiseRule& rule, const NoisePoint& point) {
  NoiseVerdict verdict;
  verdict.reason = reason_of(rule, point);
  if (point.vote.label >= 0 && point.vote.share >= rule.least_neighbor_share &&
      !is_reluctant(verdict.reason))
    return member_by(point.vote);
  const std::int32_t nearest = point.nearest.labels[0];
  if (nearest < 0) return verdict;
  verdict.sureness = std::min(1.0, rule.reach / point.nearest.distances[0]);
  if (!is_assigned(rule, verdict)) return verdict;
  const bool soft = rule.options.policy == NoisePolicy::soft && point.soft_label >= 0;
  verdict.tier = Tier::assigned;
  verdict.label = soft ? point.soft_label : nearest;
  verdict.probability =
      verdict.sureness * rule.assigned_probability[static_cast<std::size_t>(verdict.label)];
  return verdict;
}

void settle_target(std::span<const NoiseVerdict> noise, std::size_t n, NoiseRule& rule) {
  rule.least_sureness = rule.least_sureness_of_unlike = kInfinity;
  if (rule.options.policy != NoisePolicy::target) return;
  const auto allowed = static_cast<std::size_t>(rule.options.target * static_cast<double>(n));
  if (noise.size() <= allowed) return;
  std::size_t wanted = noise.size() - allowed;
  std::vector<double> likely;
  std::vector<double> reluctant;
  for (const NoiseVerdict& verdict : noise) {
    (is_reluctant(verdict.reason) ? reluctant : likely).push_back(verdict.sureness);
  }
  // The surest first; equally sure ones go together.
  const auto take = [&wanted](std::vector<double>& sureness) {
    if (wanted == 0 || sureness.empty()) return kInfinity;
    std::sort(sureness.begin(), sureness.end(), std::greater<>());
    const std::size_t taken = std::min(wanted, sureness.size());
    wanted -= taken;
    return taken == sureness.size() ? 0.0 : sureness[taken - 1];
  };
  rule.least_sureness = take(likely);
  // None of the likely ones to learn from, and some of the others needed: likely ones would come first.
  if (wanted > 0) rule.least_sureness = 0.0;
  rule.least_sureness_of_unlike = take(reluctant);
}

Tier tier_of_member(const NoiseRule& rule, std::int32_t label, double probability) {
  if (label < 0) return Tier::other;
  return probability >= rule.core_probability.at(static_cast<std::size_t>(label)) ? Tier::core
                                                                                  : Tier::member;
}

}  // namespace clipcluster
