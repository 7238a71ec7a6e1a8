#include "tuning/order.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace clipcluster::tuning {
namespace {

std::uint64_t hash_of(const std::vector<std::int32_t>& labels) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const std::int32_t label : labels)
    hash = (hash ^ static_cast<std::uint32_t>(label)) * 0x100000001B3ULL;
  return hash;
}

void score(std::vector<Measured>& measured) {
  for (Measured& one : measured) one.scores.total = one.scores.layout_silhouette;
}

}  // namespace

TuningResult best_first(std::vector<ClusteringSetting> settings, std::vector<Measured> measured,
                        const TuningPlan& plan, const TuningOptions& options) {
  score(measured);
  std::vector<std::size_t> order(measured.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const TuningScores& x = measured[a].scores;
    const TuningScores& y = measured[b].scores;
    return x.wish_distance != y.wish_distance ? x.wish_distance < y.wish_distance : x.total > y.total;
  });
  TuningResult result;
  result.plan = plan;
  result.tried = settings.size();
  std::unordered_map<std::uint64_t, std::size_t> known;
  for (const std::size_t i : order) {
    const auto [entry, is_new] = known.emplace(hash_of(measured[i].labels), result.candidates.size());
    if (!is_new) {
      ++result.candidates[entry->second].same;
      continue;
    }
    result.candidates.push_back({settings[i], measured[i].scores, 0, {}});
    if (options.keep_labels) result.candidates.back().labels = std::move(measured[i].labels);
  }
  return result;
}

}  // namespace clipcluster::tuning
