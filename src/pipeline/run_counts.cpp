#include "pipeline/run_counts.h"

#include <set>

#include "pipeline/distinct_images.h"

namespace clipcluster::internal {

Status count_files(const Project& project, RunSummary& summary) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ProjectFiles files, read_project_files(project));
  for (const ProjectImage& image : files.images) {
    if (!image.skipped()) continue;
    ++summary.skipped;
    ++summary.skipped_by_reason[image.skip_reason];
  }
  summary.files = files.images.size() - summary.skipped;
  summary.distinct = files.distinct.size();
  summary.duplicates = summary.files - summary.distinct;
  for (const DistinctImage& image : files.distinct) {
    std::set<std::string> different;
    for (const std::size_t file : image.files) different.insert(files.images[file].byte_hash);
    summary.duplicates_by_bytes += image.files.size() - different.size();
  }
  return {};
}

void add_fit(const ProjectFitOutcome& fit, RunSummary& summary) {
  summary.clusters = fit.clusters;
  summary.noise = fit.noise;
  summary.noise_figures = fit.noise_figures;
  summary.min_cluster_size = fit.min_cluster_size;
  summary.fit_reused = fit.reused;
  summary.consensus = fit.consensus;
  summary.split = fit.split;
}

}  // namespace clipcluster::internal
