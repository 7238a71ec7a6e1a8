#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>

#include "clipcluster/tuning.h"
#include "tuning/grid.h"
#include "tuning/intrinsic_dimension.h"
#include "tuning/measure.h"
#include "tuning/order.h"
#include "tuning/runs.h"
#include "tuning/samples.h"

namespace clipcluster {
namespace tuning {
namespace {

constexpr std::size_t kFewestPoints = 10;
// Each point itself and 15 others.
constexpr std::size_t kDimensionNeighbors = 16;

// The steps underneath would each show a bar of their own.
class OnlyCancelled : public Progress {
 public:
  explicit OnlyCancelled(Progress& progress) : progress_(progress) {}
  bool cancelled() override { return progress_.cancelled(); }

 private:
  Progress& progress_;
};

Status check(const SharedMatrix<float>& points, const TuningOptions& options) {
  if (points.rows() < kFewestPoints) {
    return Status::invalid_argument(fmt::format(
        "there are {} points; to compare settings takes at least {}", points.rows(), kFewestPoints));
  }
  if (!(options.budget > 0.0) || !std::isfinite(options.budget)) {
    return Status::invalid_argument(
        fmt::format("the budget is {} seconds; it must be above 0", options.budget));
  }
  const TuningWishes& wishes = options.wishes;
  if ((wishes.fewest_clusters && *wishes.fewest_clusters < 1) ||
      (wishes.most_clusters && *wishes.most_clusters < wishes.fewest_clusters.value_or(1))) {
    return Status::invalid_argument(fmt::format(
        "{} to {} clusters cannot be had; give at least 1, and the smaller number first, as in 10..30",
        wishes.fewest_clusters.value_or(1), wishes.most_clusters.value_or(0)));
  }
  if (wishes.most_noise && !(*wishes.most_noise >= 0.0 && *wishes.most_noise <= 1.0)) {
    return Status::invalid_argument(fmt::format(
        "the most noise is {}; it is a share from 0 to 1, for example 0.1", *wishes.most_noise));
  }
  return {};
}

// The search with all that its layouts share.
class Search {
 public:
  Search(const SharedMatrix<float>& points, const TuningOptions& options, Progress& progress)
      : points_(points),
        options_(options),
        progress_(progress),
        quiet_(progress),
        plan_(tuning_plan(points.rows(), points.cols(), options)),
        density_(density_settings(points.rows())) {}

  Result<TuningResult> run() {
    CLIPCLUSTER_RETURN_IF_ERROR(prepare());
    for (std::size_t i = 0; i < plan_.layouts; ++i) CLIPCLUSTER_RETURN_IF_ERROR(try_layout(i));
    report(layouts_done_);
    measure_consensus(measured_);
    const double dimension =
        intrinsic_dimension(whole_.neighbors, kDimensionNeighbors, options_.umap.metric);
    return best_first(std::move(settings_), std::move(measured_), plan_, dimension, options_);
  }

 private:
  void report(std::size_t done) {
    progress_.report(
        {"trying settings", done, plan_.layouts * (plan_.seeds + plan_.subsamples), "layouts"});
  }

  Status prepare() {
    CLIPCLUSTER_ASSIGN_OR_RETURN(whole_, whole_sample(points_, options_.umap.metric, progress_));
    for (std::size_t i = 0; i < plan_.subsamples; ++i) {
      CLIPCLUSTER_ASSIGN_OR_RETURN(Sample sample,
                                   subsample(points_, options_.umap.metric, options_.umap.seed, i, quiet_));
      subsamples_.push_back(std::move(sample));
    }
    yardstick_ = make_yardstick(whole_, options_);
    return {};
  }

  Result<Run> run_one(const Sample& sample, std::uint64_t seed, std::size_t layout, bool judged) {
    report(layouts_done_++);
    if (progress_.cancelled()) return Status::cancelled();
    return run_layout(sample, seed, layout_settings()[layout], density_, options_, judged, quiet_);
  }

  Status try_layout(std::size_t layout) {
    LayoutRuns runs;
    const std::uint64_t seed = options_.umap.seed;
    for (std::size_t i = 0; i < plan_.seeds; ++i) {
      CLIPCLUSTER_ASSIGN_OR_RETURN(Run run, run_one(whole_, seed + i, layout, i == 0));
      runs.seeds.push_back(std::move(run));
    }
    for (std::size_t i = 0; i < plan_.subsamples; ++i) {
      CLIPCLUSTER_ASSIGN_OR_RETURN(Run run, run_one(subsamples_[i], seed + plan_.seeds + i, layout, false));
      runs.subsamples.push_back(std::move(run));
    }
    std::vector<Measured> measured = measure(runs, subsamples_, yardstick_, options_.wishes);
    for (std::size_t i = 0; i < density_.size(); ++i) {
      settings_.push_back(combine(layout_settings()[layout], density_[i]));
      measured_.push_back(std::move(measured[i]));
    }
    return {};
  }

  const SharedMatrix<float>& points_;
  const TuningOptions& options_;
  Progress& progress_;
  OnlyCancelled quiet_;
  TuningPlan plan_;
  std::vector<ClusteringSetting> density_;
  Sample whole_;
  std::vector<Sample> subsamples_;
  Yardstick yardstick_;
  std::vector<ClusteringSetting> settings_;
  std::vector<Measured> measured_;
  std::size_t layouts_done_ = 0;
};

}  // namespace
}  // namespace tuning

UmapOptions with_setting(UmapOptions options, const ClusteringSetting& setting) {
  options.n_neighbors = setting.n_neighbors;
  options.min_dist = setting.min_dist;
  options.n_components = setting.n_components;
  return options;
}

HdbscanOptions with_setting(HdbscanOptions options, const ClusteringSetting& setting) {
  options.min_cluster_size = setting.min_cluster_size;
  options.min_samples = setting.min_samples;
  options.cluster_selection_method = setting.cluster_selection_method;
  options.cluster_selection_epsilon = setting.cluster_selection_epsilon;
  return options;
}

Result<TuningResult> tune_clustering(const SharedMatrix<float>& points, const TuningOptions& options,
                                     Progress& progress) {
  try {
    CLIPCLUSTER_RETURN_IF_ERROR(tuning::check(points, options));
    return tuning::Search(points, options, progress).run();
  } catch (const std::bad_alloc&) {
    return Status::resource_limit(
        "tuning: not enough memory; give a smaller --budget, or use fewer images");
  }
}

}  // namespace clipcluster
