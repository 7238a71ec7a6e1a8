#include "pipeline/chosen_clusters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace clipcluster::internal {
namespace {

std::string what_there_is(const std::vector<ProjectCluster>& clusters) {
  constexpr std::size_t shown = 12;
  if (clusters.empty()) return "there are no clusters at all";
  std::vector<std::string> names;
  for (const ProjectCluster& cluster : clusters) {
    if (!cluster.name.empty()) names.push_back(cluster.name);
  }
  std::string text = clusters.size() == 1 ? "the only cluster is 0"
                                          : fmt::format("the clusters are 0 to {}", clusters.size() - 1);
  if (names.empty()) return text;
  const bool all = names.size() <= shown;
  names.resize(std::min(shown, names.size()));
  return text + fmt::format(", named {}{}", fmt::join(names, ", "), all ? "" : ", ...");
}

std::optional<std::int32_t> label_of(const std::string& text, const std::vector<ProjectCluster>& clusters) {
  std::int32_t label = -1;
  const auto end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, label);
  if (parsed.ec == std::errc() && parsed.ptr == end) {
    const bool there = label >= 0 && static_cast<std::size_t>(label) < clusters.size();
    return there ? std::optional(label) : std::nullopt;
  }
  const auto named = std::find_if(clusters.begin(), clusters.end(), [&](const ProjectCluster& cluster) {
    return !text.empty() && cluster.name == text;
  });
  if (named == clusters.end()) return std::nullopt;
  return static_cast<std::int32_t>(named - clusters.begin());
}

}  // namespace

Result<SliceOrigin> choose_clusters(const std::vector<ProjectCluster>& clusters,
                                    const std::vector<std::string>& wanted, bool noise) {
  if (wanted.empty() && !noise) return Status::invalid_argument("no cluster is chosen");
  SliceOrigin origin;
  origin.noise = noise;
  for (const std::string& text : wanted) {
    const std::optional<std::int32_t> label = label_of(text, clusters);
    if (!label)
      return Status::not_found("there is no cluster '" + text + "'; " + what_there_is(clusters) + ".");
    origin.clusters.push_back(*label);
  }
  std::sort(origin.clusters.begin(), origin.clusters.end());
  origin.clusters.erase(std::unique(origin.clusters.begin(), origin.clusters.end()), origin.clusters.end());
  return origin;
}

}  // namespace clipcluster::internal
