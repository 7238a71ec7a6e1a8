#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "clipcluster/dedup.h"
#include "clipcluster/project.h"
#include "pipeline/distinct_images.h"
#include "pipeline/near_duplicates.h"

namespace clipcluster {
namespace {

DuplicateFile file_of(const internal::ProjectFiles& files, const internal::DistinctImage& image,
                      double agreement) {
  const ProjectImage& first = files.images[image.files.front()];
  return {first.path, image.content.width, image.content.height, first.bytes, agreement};
}

DedupSummary summarize(const internal::ProjectFiles& files, const internal::StoredDuplicates& duplicates) {
  std::unordered_map<std::string, const internal::DistinctImage*> by_hash;
  for (const auto& image : files.distinct) by_hash.emplace(image.content.pixel_hash, &image);
  std::unordered_map<std::string, std::size_t> place;
  DedupSummary summary;
  summary.images = files.distinct.size();
  for (const internal::DistinctImage& image : files.distinct) {
    const auto followed = duplicates.followed.find(image.content.pixel_hash);
    if (followed == duplicates.followed.end()) continue;
    const std::string& kept = followed->second.kept;
    if (!by_hash.contains(kept)) continue;
    const auto [entry, is_new] = place.emplace(kept, summary.groups.size());
    if (is_new) summary.groups.push_back({file_of(files, *by_hash.at(kept), 1.0), {}});
    summary.groups[entry->second].copies.push_back(file_of(files, image, followed->second.agreement));
    ++summary.copies;
  }
  for (DuplicateGroup& group : summary.groups) {
    std::stable_sort(group.copies.begin(), group.copies.end(),
                     [](const auto& a, const auto& b) { return a.agreement > b.agreement; });
  }
  std::stable_sort(summary.groups.begin(), summary.groups.end(),
                   [](const auto& a, const auto& b) { return a.copies.size() > b.copies.size(); });
  return summary;
}

}  // namespace

const char* keep_rule_name(KeepRule rule) {
  switch (rule) {
    case KeepRule::largest:
      return "largest";
    case KeepRule::oldest:
      return "oldest";
    case KeepRule::shortest_path:
      return "shortest-path";
  }
  return "";
}

Result<KeepRule> parse_keep_rule(std::string_view name) {
  for (const KeepRule rule : {KeepRule::largest, KeepRule::oldest, KeepRule::shortest_path}) {
    if (name == keep_rule_name(rule)) return rule;
  }
  return Status::invalid_argument(
      fmt::format("'{}' is no rule for what to keep; there are largest, oldest, shortest-path", name));
}

Result<DedupSummary> dedup_project(const std::string& folder, const DedupOptions& options,
                                   Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(check_duplicate_options(options.duplicates));
  CLIPCLUSTER_RETURN_IF_ERROR(Project::open(folder).status());  // never makes a new one
  CLIPCLUSTER_ASSIGN_OR_RETURN(Project project, Project::open_for_writing(folder, ProjectKind::images));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const internal::StoredDuplicates duplicates,
                               internal::update_duplicates(project, options, progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const internal::ProjectFiles files, internal::read_project_files(project));
  return summarize(files, duplicates);
}

Status forget_duplicates(const std::string& folder) {
  CLIPCLUSTER_RETURN_IF_ERROR(Project::open(folder).status());
  CLIPCLUSTER_ASSIGN_OR_RETURN(Project project, Project::open_for_writing(folder, ProjectKind::images));
  return internal::drop_duplicates(project);
}

}  // namespace clipcluster
