// What the page shows of a project.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "clipcluster/hdbscan.h"
#include "clipcluster/pipeline.h"
#include "pipeline/cluster_members.h"
#include "pipeline/consensus_figures.h"
#include "pipeline/fitted_project.h"
#include "pipeline/how_it_was_made.h"
#include "pipeline/model.h"
#include "pipeline/near_duplicates.h"
#include "pipeline/options_json.h"
#include "pipeline/stored_hierarchy.h"
#include "pipeline/stored_names.h"
#include "pipeline/stored_noise.h"
#include "pipeline/stored_reliability.h"
#include "pipeline/stored_tuning.h"

namespace clipcluster {
namespace {

using internal::FittedProject;

constexpr std::size_t kShownMembers = 60;

std::vector<ReportImage> images_of(const FittedProject& fitted) {
  std::vector<ReportImage> images;
  images.reserve(fitted.points.size());
  for (std::size_t i = 0; i < fitted.points.size(); ++i) {
    const ProjectPoint& point = fitted.fit.points[i];
    ReportImage image;
    image.path = fitted.points[i].path;
    image.label = point.label;
    image.probability = static_cast<float>(point.probability);
    image.outlier_score = static_cast<float>(point.outlier_score);
    image.x = fitted.arrays.map.view()(i, 0);
    image.y = fitted.arrays.map.view()(i, 1);
    image.duplicates = static_cast<std::uint32_t>(fitted.points[i].copies.size());
    image.held_out = point.held_out;
    images.push_back(std::move(image));
  }
  return images;
}

std::vector<ReportCluster> clusters_of(const FittedProject& fitted) {
  const std::vector<ProjectCluster>& stored = fitted.fit.clusters;
  auto members =
      internal::choose_members(fitted.fit.points, stored.size(), fitted.embeddings, kShownMembers);
  std::vector<ReportCluster> clusters;
  for (std::size_t label = 0; label < stored.size(); ++label) {
    ReportCluster cluster;
    cluster.name = stored[label].name;
    cluster.persistence = stored[label].persistence;
    cluster.typical = std::move(members[label].typical);
    cluster.doubtful = std::move(members[label].doubtful);
    clusters.push_back(std::move(cluster));
  }
  return clusters;
}

Status add_names(const FittedProject& fitted, std::vector<ReportCluster>& clusters) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ClusterNames names, internal::read_names(*fitted.project, fitted.fit));
  for (std::size_t label = 0; label < clusters.size(); ++label) {
    clusters[label].weak_name = names.clusters[label].weak;
    for (const NamedCandidate& word : names.clusters[label].candidates)
      clusters[label].fitting_words.emplace_back(word.name, word.score);
  }
  return {};
}

int consensus_runs(const FittedProject& fitted) {
  const auto figures = internal::consensus_from_json(internal::parse(fitted.fit.figures));
  return figures ? figures->runs : 0;
}

std::vector<ReportDuplicateGroup> duplicates_of(const FittedProject& fitted) {
  std::vector<ReportDuplicateGroup> groups;
  for (std::size_t i = 0; i < fitted.points.size(); ++i) {
    if (fitted.points[i].copies.empty()) continue;
    const internal::FittedPoint& point = fitted.points[i];
    const auto exact_end = point.copies.begin() + static_cast<std::ptrdiff_t>(point.exact_copies);
    ReportDuplicateGroup group{static_cast<std::uint32_t>(i), {point.copies.begin(), exact_end}, {}};
    for (const auto& near : point.near_duplicates) group.near.push_back({near.path, near.copies});
    groups.push_back(std::move(group));
  }
  return groups;
}

// Not if near-duplicates were found after the fit: then it has them as images of their own.
Result<bool> fitted_without_near_duplicates(const FittedProject& fitted) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto stored, internal::read_duplicates(*fitted.project));
  if (!stored) return false;
  std::unordered_set<std::string> hashes;
  for (const internal::FittedPoint& point : fitted.points) hashes.insert(point.content.pixel_hash);
  return std::none_of(hashes.begin(), hashes.end(), [&](const std::string& hash) {
    const auto followed = stored->followed.find(hash);
    return followed != stored->followed.end() && hashes.contains(followed->second.kept);
  });
}

std::vector<ReportSkipped> skipped_of(const FittedProject& fitted) {
  std::vector<ReportSkipped> skipped;
  for (const ProjectImage& image : fitted.images) {
    if (image.skipped()) skipped.push_back({image.path, image.skip_reason, image.skip_message});
  }
  return skipped;
}

// The fit's condensed tree, as far as it can be drawn; without one the page has no such view.
std::vector<ReportTreeCluster> tree_of(const FittedProject& fitted) {
  if (!fitted.arrays.hdbscan) return {};
  const NamedArrays& arrays = *fitted.arrays.hdbscan;
  const auto parent = arrays.column<std::int32_t>("tree_parent");
  const auto child = arrays.column<std::int32_t>("tree_child");
  const auto lambda = arrays.column<double>("tree_lambda");
  const auto size = arrays.column<std::int32_t>("tree_child_size");
  const auto ids = arrays.column<std::int32_t>("cluster_ids");
  const auto points = arrays.column<std::int32_t>("labels");
  if (!parent.is_ok() || !child.is_ok() || !lambda.is_ok() || !size.is_ok() || !ids.is_ok() ||
      !points.is_ok() || ids->size() != fitted.fit.clusters.size()) {
    return {};
  }
  std::vector<CondensedRow> rows;
  for (std::size_t i = 0; i < parent->size(); ++i) {
    rows.push_back({(*parent)[i], (*child)[i], (*lambda)[i], (*size)[i]});
  }
  std::vector<ReportTreeCluster> tree;
  for (TreeOutline::Cluster& cluster :
       outline_tree(rows, static_cast<std::int32_t>(points->size()), *ids).clusters) {
    tree.push_back(
        {cluster.parent, cluster.label, cluster.birth, cluster.death, std::move(cluster.counts)});
  }
  return tree;
}

std::string warning_of(const Project& project) {
  if (project.kind() != ProjectKind::images || !internal::is_demonstration_model(*project.space()))
    return "";
  return "Made with the small built-in demonstration model. For real work give --model a CLIP checkpoint "
         "folder.";
}

}  // namespace

Result<ReportInput> make_report_input(const std::string& folder, const std::string& title) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(FittedProject read, internal::read_fitted_project(folder));
  const auto fitted = std::make_shared<const FittedProject>(std::move(read));
  ReportInput input;
  input.title =
      title.empty() ? std::filesystem::path(fitted->project->folder()).filename().string() : title;
  input.images = images_of(*fitted);
  input.clusters = clusters_of(*fitted);
  CLIPCLUSTER_RETURN_IF_ERROR(add_names(*fitted, input.clusters));
  input.noise = internal::order_noise(fitted->fit.points);
  CLIPCLUSTER_RETURN_IF_ERROR(internal::add_noise(fitted->arrays, input));
  CLIPCLUSTER_RETURN_IF_ERROR(internal::add_stability(*fitted, input));
  input.tuning = internal::report_tuning(*fitted->project, fitted->fit.options);
  CLIPCLUSTER_ASSIGN_OR_RETURN(input.reliability, internal::stored_reliability(*fitted));
  input.duplicates = duplicates_of(*fitted);
  CLIPCLUSTER_ASSIGN_OR_RETURN(input.near_duplicates_sought, fitted_without_near_duplicates(*fitted));
  input.skipped = skipped_of(*fitted);
  CLIPCLUSTER_ASSIGN_OR_RETURN(input.sections, internal::how_it_was_made(*fitted));
  input.consensus_runs = consensus_runs(*fitted);
  input.tree = tree_of(*fitted);
  input.hierarchy = internal::stored_hierarchy(fitted->fit, fitted->arrays);
  input.warning = warning_of(*fitted->project);
  if (fitted->project->kind() == ProjectKind::images) {
    input.thumbnail = [fitted](std::uint32_t image) {
      return fitted->project->thumbnail(fitted->points.at(image).content);
    };
    std::vector<std::uint32_t> kept;
    for (const ReportDuplicateGroup& group : input.duplicates) kept.push_back(group.kept);
    input.near_thumbnail = [fitted, kept = std::move(kept)](std::size_t group, std::size_t i) {
      return fitted->project->thumbnail(fitted->points.at(kept.at(group)).near_duplicates.at(i).content);
    };
  }
  return input;
}

Status report_project(const std::string& folder, const std::string& page_folder, const std::string& title,
                      Progress& progress) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ReportInput input, make_report_input(folder, title));
  return write_report(input, page_folder, progress);
}

}  // namespace clipcluster
