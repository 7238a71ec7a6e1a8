#include "tuning/runs.h"

#include <algorithm>
#include <utility>

#include "clipcluster/parallel.h"

namespace clipcluster::tuning {
namespace {

Matrix<double> to_double(MatrixView<const float> matrix) {
  Matrix<double> copy(matrix.rows(), matrix.cols());
  std::copy(matrix.data(), matrix.data() + matrix.size(), copy.data());
  return copy;
}

std::vector<HdbscanOptions> hdbscan_options(std::span<const ClusteringSetting> settings,
                                            const TuningOptions& options) {
  std::vector<HdbscanOptions> all;
  for (const ClusteringSetting& setting : settings) all.push_back(with_setting(options.hdbscan, setting));
  return all;
}

// Where the settings of one value, which stand beside each other, end.
template <class Value>
std::size_t end_of_group(std::span<const ClusteringSetting> settings, std::size_t begin, Value value) {
  std::size_t end = begin;
  while (end < settings.size() && value(settings[end]) == value(settings[begin])) ++end;
  return end;
}

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::vector<Range> ranges_of_sizes(std::span<const ClusteringSetting> settings) {
  std::vector<Range> ranges;
  for (std::size_t begin = 0; begin < settings.size();) {
    const std::size_t end =
        end_of_group(settings, begin, [](const auto& setting) { return setting.min_cluster_size; });
    ranges.push_back({begin, end});
    begin = end;
  }
  return ranges;
}

// All settings of one min_samples, which share a spanning tree.
Status cluster_group(MatrixView<const double> points, std::span<const ClusteringSetting> settings,
                     const TuningOptions& options, bool with_validity, Run& run, Progress& progress) {
  const std::vector<HdbscanOptions> wanted = hdbscan_options(settings, options);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const HdbscanResult fit, fit_hdbscan(points, wanted.front(), progress));
  const std::size_t first = run.labels.size();
  run.labels.resize(first + settings.size());
  if (with_validity) run.validity.resize(first + settings.size());
  const std::vector<Range> ranges = ranges_of_sizes(settings);
  parallel_for(ranges.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      const Range range = ranges[r];
      auto labels = cluster_single_linkage(fit.single_linkage,
                                           std::span(wanted).subspan(range.begin, range.end - range.begin));
      for (std::size_t i = range.begin; i < range.end; ++i) {
        run.labels[first + i] = std::move(labels[i - range.begin]);
        if (with_validity)
          run.validity[first + i] = relative_validity(run.labels[first + i], fit.spanning_tree);
      }
    }
  });
  return {};
}

}  // namespace

Result<Run> run_layout(const Sample& sample, std::uint64_t seed, const LayoutSetting& layout,
                       std::span<const ClusteringSetting> density, const TuningOptions& options,
                       bool with_validity, Progress& progress) {
  UmapOptions umap = with_setting(options.umap, combine(layout, {}));
  umap.seed = seed;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const UmapModel model,
                               fit_umap(sample.points, umap, &sample.neighbors, progress));
  Run run;
  run.layout = MatrixF::copy_of(model.embedding);
  const Matrix<double> points = to_double(run.layout);
  for (std::size_t begin = 0; begin < density.size();) {
    const std::size_t end =
        end_of_group(density, begin, [](const auto& setting) { return setting.min_samples; });
    CLIPCLUSTER_RETURN_IF_ERROR(
        cluster_group(points, density.subspan(begin, end - begin), options, with_validity, run, progress));
    begin = end;
  }
  return run;
}

}  // namespace clipcluster::tuning
