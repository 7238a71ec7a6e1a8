#include "cli/stability_text.h"

#include <fmt/format.h>

#include <numeric>

#include "clipcluster/consensus.h"

namespace clipcluster::cli {
namespace {

std::vector<std::size_t> unstable_clusters(const ConsensusFigures& figures) {
  std::vector<std::size_t> clusters;
  for (std::size_t c = 0; c < figures.stability.size(); ++c) {
    if (figures.stability[c] < kLeastStability) clusters.push_back(c);
  }
  return clusters;
}

}  // namespace

Json to_json(const std::optional<ConsensusFigures>& figures) {
  if (!figures) return {};
  return {{"runs", figures->runs},
          {"stability", figures->stability},
          {"unstable", unstable_clusters(*figures)},
          {"mean_confidence", figures->mean_confidence}};
}

std::string stability_text(const ConsensusFigures& figures) {
  constexpr std::size_t shown = 20;
  std::string text = fmt::format("{} runs", figures.runs);
  if (figures.stability.empty()) return text;
  const double sum = std::accumulate(figures.stability.begin(), figures.stability.end(), 0.0);
  text += fmt::format(", mean {:.2f}", sum / static_cast<double>(figures.stability.size()));
  std::vector<std::size_t> unstable = unstable_clusters(figures);
  if (unstable.empty()) return text + "; no cluster is unstable";
  const std::size_t count = unstable.size();
  if (count > shown) unstable.resize(shown);
  return text + fmt::format("; {} unstable (below {}): {}{}", count, kLeastStability,
                            fmt::join(unstable, ", "), count > shown ? ", ..." : "");
}

}  // namespace clipcluster::cli
