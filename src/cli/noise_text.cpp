#include "cli/noise_text.h"

#include <fmt/format.h>

#include <cmath>

#include "cli/json_text.h"
#include "cli/text_format.h"

namespace clipcluster::cli {
namespace {

constexpr std::size_t kShownInGroup = 8;

std::string cluster_text(std::int32_t label, const std::string& name) {
  return name.empty() ? fmt::format("{}", label) : fmt::format("{} {}", name, label);
}

// JSON has no infinity.
Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json json_of(const NoiseImage& image) {
  Json json = Json::object();
  set_path(json, image.path);
  json["copies"] = image.copies;
  json["held_out"] = image.held_out;
  json["tier"] = tier_name(image.label < 0 ? Tier::other : Tier::assigned);
  json["reason"] = noise_reason_name(image.reason);
  json["sureness"] = image.sureness;
  json["cluster"] = image.label;
  json["name"] = image.name.empty() ? Json() : Json(image.name);
  json["probability"] = image.probability;
  json["nearest_clusters"] = cli::to_json(image.nearest_clusters);
  return json;
}

Json json_of(const NoiseImageGroup& group) {
  Json images = Json::array();
  for (const std::string& path : group.paths) {
    Json image = Json::object();
    set_path(image, path);
    images.push_back(std::move(image));
  }
  return {{"size", group.paths.size()}, {"cohesion", group.cohesion}, {"images", std::move(images)}};
}

Json json_of(const NoiseRule& rule) {
  return {{"policy", noise_options_text(rule.options)},
          {"reach", rule.reach},
          {"unlike_distance", number_or_null(rule.unlike_distance)},
          {"least_sureness", number_or_null(rule.least_sureness)},
          {"least_sureness_of_unlike", number_or_null(rule.least_sureness_of_unlike)},
          {"core_probability", rule.core_probability},
          {"assigned_probability", rule.assigned_probability}};
}

std::string counts_text(const std::map<std::string, std::size_t>& counts,
                        std::initializer_list<const char*> order) {
  std::string text;
  for (const char* name : order) {
    const auto count = counts.find(name);
    if (count == counts.end() || count->second == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, grouped(count->second));
  }
  return text;
}

std::string groups_text(const std::vector<NoiseImageGroup>& groups) {
  std::string text;
  for (const NoiseImageGroup& group : groups) {
    text += fmt::format("\ngroup of {}, mean similarity {:.2f}\n", group.paths.size(), group.cohesion);
    for (std::size_t i = 0; i < std::min(group.paths.size(), kShownInGroup); ++i)
      text += fmt::format("  {}\n", group.paths[i]);
    if (group.paths.size() > kShownInGroup)
      text += fmt::format("  and {} more; --json lists them all\n", group.paths.size() - kShownInGroup);
  }
  return text;
}

}  // namespace

Json to_json(const NoiseFigures& figures) {
  return {{"tiers", figures.tiers}, {"reasons", figures.reasons}, {"groups", figures.groups}};
}

Json to_json(const std::vector<NearCluster>& clusters) {
  Json list = Json::array();
  for (const NearCluster& cluster : clusters) {
    list.push_back({{"cluster", cluster.label},
                    {"name", cluster.name.empty() ? Json() : Json(cluster.name)},
                    {"distance", number_or_null(cluster.distance)}});
  }
  return list;
}

Json to_json(const ProjectNoise& noise) {
  Json images = Json::array();
  for (const NoiseImage& image : noise.images) images.push_back(json_of(image));
  Json groups = Json::array();
  for (const NoiseImageGroup& group : noise.groups) groups.push_back(json_of(group));
  return {{"project", noise.folder},
          {"rule", json_of(noise.rule)},
          {"figures", to_json(noise.figures)},
          {"images", std::move(images)},
          {"groups", std::move(groups)}};
}

std::string tiers_text(const NoiseFigures& figures) {
  return counts_text(figures.tiers, {"core", "member", "assigned", "other"});
}

std::string reasons_text(const NoiseFigures& figures) {
  std::string text = counts_text(figures.reasons, {"between", "thin", "unlike", "blank"});
  if (figures.groups > 0)
    text += fmt::format("; {} could be {}", counted(figures.groups, "group", "groups"),
                        figures.groups == 1 ? "a cluster" : "clusters");
  return text;
}

std::string near_clusters_text(const std::vector<NearCluster>& clusters) {
  std::string text;
  for (const NearCluster& cluster : clusters) {
    text += fmt::format("{}{} ({:.1f})", text.empty() ? "" : ", ",
                        cluster_text(cluster.label, cluster.name), cluster.distance);
  }
  return text;
}

std::string to_text(const ProjectNoise& noise) {
  std::string text = fmt::format("noise        {}\ntiers        {}\nreasons      {}\n",
                                 noise_options_text(noise.rule.options), tiers_text(noise.figures),
                                 reasons_text(noise.figures));
  if (!noise.images.empty()) {
    text += fmt::format("\n{:<8} {:>8}  {:<16} {:<32} {}\n", "reason", "sureness", "assigned to",
                        "nearest clusters (distance)", "path");
  }
  for (const NoiseImage& image : noise.images) {
    text += fmt::format("{:<8} {:>8.2f}  {:<16} {:<32} {}\n", noise_reason_name(image.reason),
                        image.sureness, image.label < 0 ? "" : cluster_text(image.label, image.name),
                        near_clusters_text(image.nearest_clusters), image.path);
  }
  text += groups_text(noise.groups);
  text.pop_back();
  return text;
}

}  // namespace clipcluster::cli
