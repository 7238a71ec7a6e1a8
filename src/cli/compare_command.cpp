#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>

#include "cli/commands.h"
#include "cli/text_format.h"
#include "clipcluster/compare.h"

namespace clipcluster::cli {
namespace {

struct CompareFlags {
  std::string first;
  std::string second;
};

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

// "split off" and "merged from" are one fate seen from the other side.
std::string fate_name(const ClusterMatch& match, bool is_first) {
  if (match.fate == ClusterFate::only) return is_first ? "gone" : "new";
  return cluster_fate_name(match.fate);
}

Json json_of(const ComparedProject& side, const std::vector<ClusterMatch>& matches, bool is_first) {
  Json clusters = Json::array();
  for (std::size_t label = 0; label < matches.size(); ++label) {
    const ClusterMatch& match = matches[label];
    const ProjectCluster& cluster = side.clusters[label];
    Json overlaps = Json::array();
    for (const ClusterOverlap& overlap : match.overlaps) {
      overlaps.push_back(
          {{"cluster", overlap.cluster}, {"common", overlap.count}, {"jaccard", overlap.jaccard}});
    }
    clusters.push_back({{"cluster", label},
                        {"name", cluster.name.empty() ? Json() : Json(cluster.name)},
                        {"size", cluster.size},
                        {"common", match.size},
                        {"fate", fate_name(match, is_first)},
                        {"partners", match.partners},
                        {"noise_there", match.noise},
                        {"overlaps", std::move(overlaps)}});
  }
  return {{"project", side.folder},
          {"images", side.things},
          {"noise", side.noise},
          {"clusters", std::move(clusters)}};
}

Json json_of(const ProjectComparison& comparison) {
  const Correspondence& found = comparison.correspondence;
  return {{"joined_by", comparison.by_content ? "content" : "name"},
          {"common", comparison.common},
          {"common_by_path", comparison.common_by_path},
          {"common_share_a", share(comparison.common, comparison.first.things)},
          {"common_share_b", share(comparison.common, comparison.second.things)},
          {"ari", comparison.adjusted_rand_index},
          {"ari_without_noise", comparison.adjusted_rand_index_clustered},
          {"in_same_clusters", found.kept},
          {"noise_in_both", found.both_noise},
          {"a", json_of(comparison.first, found.first, true)},
          {"b", json_of(comparison.second, found.second, false)}};
}

std::string named(std::size_t label, const ComparedProject& side) {
  const std::string& name = side.clusters[label].name;
  return name.empty() ? fmt::format("{}", label) : fmt::format("{} ({})", label, name);
}

const ClusterOverlap* overlap_with(const ClusterMatch& match, std::int32_t other) {
  const auto found = std::find_if(match.overlaps.begin(), match.overlaps.end(),
                                  [&](const ClusterOverlap& overlap) { return overlap.cluster == other; });
  return found == match.overlaps.end() ? nullptr : &*found;
}

// "same as 4 (cats), was 120, is 131"
std::string same_text(const ClusterMatch& match, std::size_t label, const ProjectComparison& comparison) {
  const auto other = static_cast<std::size_t>(match.partners.front());
  const ProjectCluster& before = comparison.first.clusters[label];
  const ProjectCluster& after = comparison.second.clusters[other];
  std::string text = "same as " + named(other, comparison.second);
  if (after.size > before.size)
    text += fmt::format(", grew by {}", grouped(static_cast<std::uint64_t>(after.size - before.size)));
  if (after.size < before.size)
    text += fmt::format(", shrank by {}", grouped(static_cast<std::uint64_t>(before.size - after.size)));
  if (!before.name.empty() && !after.name.empty() && before.name != after.name) text += ", renamed";
  return text;
}

std::string partners_text(const ClusterMatch& match, const ComparedProject& other) {
  std::string text;
  for (const std::int32_t partner : match.partners) {
    const ClusterOverlap* overlap = overlap_with(match, partner);
    text +=
        fmt::format("{}{}: {}", text.empty() ? "" : ", ", named(static_cast<std::size_t>(partner), other),
                    grouped(overlap == nullptr ? 0 : overlap->count));
  }
  return text;
}

std::string what_became(const ClusterMatch& match, std::size_t label, const ProjectComparison& comparison) {
  const std::string partners = partners_text(match, comparison.second);
  switch (match.fate) {
    case ClusterFate::same:
      return same_text(match, label, comparison);
    case ClusterFate::split:
      return match.partners.size() > 1 ? "split into " + partners : "part of " + partners;
    case ClusterFate::merged:
      return "merged into " + partners;
    case ClusterFate::shrank:
      return "shrank to " + partners;
    case ClusterFate::grew:
      return "grew into " + partners;
    case ClusterFate::only:
      break;
  }
  if (match.size == 0) return "gone: none of its images is in B";
  return fmt::format("gone: {} of {} are noise in B", grouped(match.noise), grouped(match.size));
}

std::string where_from(const ClusterMatch& match, const ProjectComparison& comparison) {
  const std::string partners = partners_text(match, comparison.first);
  switch (match.fate) {
    case ClusterFate::split:
      return "split off from " + partners;
    case ClusterFate::merged:
      return "merged from " + partners;
    case ClusterFate::shrank:
      return "shrunk from " + partners;
    case ClusterFate::grew:
      return "grown from " + partners;
    case ClusterFate::same:
      return "same";
    case ClusterFate::only:
      break;
  }
  if (match.size == 0) return "new: none of its images is in A";
  return fmt::format("new: {} of {} were noise in A", grouped(match.noise), grouped(match.size));
}

std::vector<std::size_t> by_size(const ComparedProject& side) {
  std::vector<std::size_t> order(side.clusters.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return side.clusters[a].size > side.clusters[b].size;
  });
  return order;
}

double greatest_jaccard(const ClusterMatch& match) {
  double greatest = 0.0;
  for (const ClusterOverlap& overlap : match.overlaps) greatest = std::max(greatest, overlap.jaccard);
  return greatest;
}

std::string row(const std::string& name, const ProjectCluster& cluster, const ClusterMatch& match,
                const std::string& text) {
  return fmt::format("{:<24} {:>9} {:>9} {:>8.3f}  {}\n", name,
                     grouped(static_cast<std::uint64_t>(cluster.size)), grouped(match.size),
                     greatest_jaccard(match), text);
}

std::string summary(const ProjectComparison& comparison) {
  const auto line = [&](const char* letter, const ComparedProject& side) {
    return fmt::format("{:<12} {}: {} in {}, {} in none; {} are common\n", letter, side.folder,
                       grouped(side.things - side.noise),
                       counted(side.clusters.size(), "cluster", "clusters"), grouped(side.noise),
                       percent(share(comparison.common, side.things)));
  };
  std::string text = line("A", comparison.first) + line("B", comparison.second);
  text += fmt::format("{:<12} {} by {}{}\n", "common", grouped(comparison.common),
                      comparison.by_content ? "content" : "name",
                      comparison.common_by_path == 0 ? ""
                                                     : fmt::format(", {} of them by path with other pixels",
                                                                   grouped(comparison.common_by_path)));
  return text + fmt::format(
                    "{:<12} ARI {:.3f} ({:.3f} over those in a cluster of both); {} in a cluster that "
                    "is the same\n",
                    "agreement", comparison.adjusted_rand_index, comparison.adjusted_rand_index_clustered,
                    percent(share(comparison.correspondence.kept, comparison.common)));
}

std::string table(const ProjectComparison& comparison) {
  std::string text = summary(comparison);
  const Correspondence& found = comparison.correspondence;
  text += fmt::format("\n{:<24} {:>9} {:>9} {:>8}  {}\n", "cluster of A", "size", "common", "Jaccard",
                      "became in B");
  for (const std::size_t label : by_size(comparison.first)) {
    text += row(named(label, comparison.first), comparison.first.clusters[label], found.first[label],
                what_became(found.first[label], label, comparison));
  }
  std::string others;
  for (const std::size_t label : by_size(comparison.second)) {
    if (found.second[label].fate == ClusterFate::same) continue;
    others += row(named(label, comparison.second), comparison.second.clusters[label], found.second[label],
                  where_from(found.second[label], comparison));
  }
  if (!others.empty()) {
    text += fmt::format("\n{:<24} {:>9} {:>9} {:>8}  {}\n{}", "other cluster of B", "size", "common",
                        "Jaccard", "came from A", others);
  }
  text.pop_back();
  return text;
}

Result<ExitCode> run_compare(const CompareFlags& flags, Session& session) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ProjectComparison comparison,
                               compare_projects(flags.first, flags.second));
  if (comparison.common == 0) session.note("The two projects have no image in common.");
  return session.answer(json_of(comparison), table(comparison));
}

}  // namespace

Command make_compare_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<CompareFlags>();
  CLI::App* app = program.add_subcommand("compare", "How the clusters of two projects correspond");
  app->add_option("A", flags->first, "Folder of a project")->required();
  app->add_option("B", flags->second, "Folder of another one: other options, another seed, more images")
      ->required();
  add_common_options(*app, common);
  add_example(*app, "clipcluster compare pictures pictures-of-may");
  return {app, [flags](Session& session) { return run_compare(*flags, session); }};
}

}  // namespace clipcluster::cli
