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
                      std::size_t file, double agreement) {
  return {.path = files.images[file].path,
          .width = image.content.width,
          .height = image.content.height,
          .bytes = files.images[file].bytes,
          .agreement = agreement};
}

// The groups of a project, each under the hash of its kept image.
class Groups {
 public:
  Groups(const internal::ProjectFiles& files, KeepRule rule) : files_(files), rule_(rule) {}

  void add_copy(const internal::DistinctImage& kept, const internal::DistinctImage& copy,
                double agreement) {
    DuplicateGroup& group = group_of(kept);
    const std::size_t best = internal::preferred_file(copy, files_, rule_);
    group.copies.push_back(file_of(files_, copy, best, agreement));
    add_exact_copies(group, copy, best, agreement);
    ++summary_.copies;
  }

  // Of an image that no other is like, as far as it is there several times.
  void add_alone(const internal::DistinctImage& image) {
    if (image.files.size() > 1) group_of(image);
  }

  DedupSummary take() {
    for (DuplicateGroup& group : summary_.groups) {
      std::stable_sort(group.copies.begin(), group.copies.end(),
                       [](const auto& a, const auto& b) { return a.agreement > b.agreement; });
    }
    std::stable_sort(summary_.groups.begin(), summary_.groups.end(),
                     [](const auto& a, const auto& b) { return a.copies.size() > b.copies.size(); });
    return std::move(summary_);
  }

 private:
  DuplicateGroup& group_of(const internal::DistinctImage& kept) {
    const auto [entry, is_new] = place_.emplace(kept.content.pixel_hash, summary_.groups.size());
    if (!is_new) return summary_.groups[entry->second];
    const std::size_t best = internal::preferred_file(kept, files_, rule_);
    summary_.groups.push_back({file_of(files_, kept, best, 1.0), {}});
    add_exact_copies(summary_.groups.back(), kept, best, 1.0);
    return summary_.groups.back();
  }

  void add_exact_copies(DuplicateGroup& group, const internal::DistinctImage& image, std::size_t best,
                        double agreement) {
    for (const std::size_t file : image.files) {
      if (file == best) continue;
      group.copies.push_back(file_of(files_, image, file, agreement));
      group.copies.back().exact = true;
      ++summary_.exact;
    }
  }

  const internal::ProjectFiles& files_;
  KeepRule rule_;
  std::unordered_map<std::string, std::size_t> place_;
  DedupSummary summary_;
};

DedupSummary summarize(const internal::ProjectFiles& files, const internal::StoredDuplicates& duplicates) {
  std::unordered_map<std::string, const internal::DistinctImage*> by_hash;
  for (const auto& image : files.distinct) by_hash.emplace(image.content.pixel_hash, &image);
  Groups groups(files, duplicates.options.keep);
  for (const internal::DistinctImage& image : files.distinct) {
    const auto followed = duplicates.followed.find(image.content.pixel_hash);
    const auto kept =
        followed == duplicates.followed.end() ? by_hash.end() : by_hash.find(followed->second.kept);
    if (kept == by_hash.end()) {
      groups.add_alone(image);
    } else {
      groups.add_copy(*kept->second, image, followed->second.agreement);
    }
  }
  DedupSummary summary = groups.take();
  summary.images = files.distinct.size();
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
