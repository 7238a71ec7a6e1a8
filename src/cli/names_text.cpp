#include "cli/names_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cli/text_format.h"

namespace clipcluster::cli {
namespace {

Json json_of(const NamedCluster& cluster, std::size_t label) {
  Json candidates = Json::array();
  for (const NamedCandidate& candidate : cluster.candidates) {
    candidates.push_back(
        {{"name", candidate.name}, {"score", candidate.score}, {"similarity", candidate.similarity}});
  }
  const bool scored = cluster.source == NameSource::model;
  return {{"cluster", label},
          {"size", cluster.size},
          {"name", cluster.name.empty() ? Json() : Json(cluster.name)},
          {"source", name_source_name(cluster.source)},
          {"weak", cluster.weak},
          {"score", scored ? Json(cluster.score) : Json()},
          {"margin", scored ? Json(cluster.margin) : Json()},
          {"z", cluster.candidates.empty() ? Json() : Json(cluster.z)},
          {"sense", cluster.candidates.empty() ? Json() : Json(cluster.sense)},
          {"candidates", std::move(candidates)}};
}

// The other names, best first, with their scores.
std::string others(const NamedCluster& cluster) {
  std::string text;
  for (const NamedCandidate& candidate : cluster.candidates) {
    if (candidate.name + (cluster.weak ? "?" : "") == cluster.name) continue;
    text += fmt::format("{}{} {:.1f}", text.empty() ? "" : ", ", candidate.name, candidate.score);
  }
  return text;
}

std::string name_of(const NamedCluster& cluster) {
  if (cluster.name.empty()) return "-";
  return cluster.source == NameSource::person ? cluster.name + " (by hand)" : cluster.name;
}

}  // namespace

Json to_json(const ClusterNames& names) {
  Json list = Json::array();
  for (std::size_t label = 0; label < names.clusters.size(); ++label)
    list.push_back(json_of(names.clusters[label], label));
  return list;
}

std::string to_text(const ClusterNames& names) {
  if (names.clusters.empty()) return "there are no clusters to name";
  std::vector<std::size_t> order(names.clusters.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return names.clusters[a].size > names.clusters[b].size;
  });
  std::size_t width = 4;
  std::size_t weak = 0;
  for (const NamedCluster& cluster : names.clusters) {
    width = std::max(width, name_of(cluster).size());
    weak += cluster.weak ? 1U : 0U;
  }
  width = std::min<std::size_t>(width, 40);
  std::string text = fmt::format("{:>8} {:>9}  {:<{}} {:>6}  {}", "cluster", "size", "name", width, "score",
                                 "other names");
  for (const std::size_t label : order) {
    const NamedCluster& cluster = names.clusters[label];
    const bool scored = cluster.source == NameSource::model;
    text += fmt::format("\n{:>8} {:>9}  {:<{}} {:>6}  {}", label,
                        grouped(static_cast<std::uint64_t>(cluster.size)), name_of(cluster), width,
                        scored ? fmt::format("{:.1f}", cluster.score) : "", others(cluster));
  }
  if (weak > 0) {
    text += fmt::format("\n{} with a question mark: weak, look before you believe {}",
                        counted(weak, "name", "names"), weak == 1 ? "it" : "them");
  }
  return text;
}

}  // namespace clipcluster::cli
