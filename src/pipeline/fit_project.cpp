#include "pipeline/fit_project.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clipcluster/images.h"
#include "clipcluster/version.h"
#include "pipeline/blank.h"
#include "pipeline/consensus_figures.h"
#include "pipeline/consensus_runs.h"
#include "pipeline/distinct_images.h"
#include "pipeline/fit_points.h"
#include "pipeline/near_duplicates.h"
#include "pipeline/noise_fit.h"
#include "pipeline/options_json.h"
#include "pipeline/split.h"

namespace clipcluster::internal {
namespace {

// What is fitted, in the order of the fit: training points first, then held-out ones.
struct FitInput {
  std::vector<std::int64_t> contents;
  std::vector<std::int64_t> rows;  // of the embeddings
  std::vector<std::string> hashes;
  std::vector<ProjectContent> pictures;
  std::size_t training = 0;
};

void append(FitInput& input, const ProjectContent& content) {
  input.contents.push_back(content.id);
  input.rows.push_back(content.embedding_row);
  input.hashes.push_back(content.pixel_hash);
  input.pictures.push_back(content);
}

FitInput fit_input(const std::vector<DistinctImage>& distinct, const FitOptions& options) {
  std::vector<std::string> hashes;
  hashes.reserve(distinct.size());
  for (const DistinctImage& image : distinct) hashes.push_back(image.content.pixel_hash);
  const std::vector<bool> held_out = choose_held_out(hashes, options.test_fraction, options.seed);
  FitInput input;
  for (std::size_t i = 0; i < distinct.size(); ++i) {
    if (!held_out[i]) append(input, distinct[i].content);
  }
  input.training = input.rows.size();
  for (std::size_t i = 0; i < distinct.size(); ++i) {
    if (held_out[i]) append(input, distinct[i].content);
  }
  return input;
}

// Equal for the same points, options, model and program.
std::string fit_key(const Project& project, const FitInput& input, const FitOptions& options) {
  std::string text = std::string(version()) + '\n' + dump(fit_options_json(options)) + '\n';
  if (project.space()) text += project.space()->fingerprint + ' ' + project.space()->precision + '\n';
  for (const std::string& hash : input.hashes) text += hash + '\n';
  return hash_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

ProjectFitOutcome outcome_of(const ProjectFit& fit) {
  ProjectFitOutcome outcome;
  const auto figures = parse(fit.figures);
  outcome.clusters = fit.clusters.size();
  outcome.noise = static_cast<std::size_t>(std::count_if(
      fit.points.begin(), fit.points.end(), [](const ProjectPoint& p) { return p.label < 0; }));
  outcome.min_cluster_size = figures.value("min_cluster_size", 0);
  outcome.consensus = consensus_from_json(figures);
  if (figures.contains("noise")) outcome.noise_figures = noise_figures_from_json(figures["noise"]);
  if (figures.contains("split")) outcome.split = split_from_json(figures["split"]);
  return outcome;
}

void append_training(const FitInput& input, const PointsFit& fit, std::vector<ProjectPoint>& points) {
  for (std::size_t i = 0; i < input.training; ++i) {
    points.push_back(
        {input.contents[i], fit.labels[i], fit.probabilities[i], fit.outlier_scores[i], false});
  }
}

SharedMatrix<float> stack(MatrixView<const float> top, MatrixView<const float> bottom) {
  MatrixF all(top.rows() + bottom.rows(), top.cols());
  std::copy(top.data(), top.data() + top.size(), all.data());
  std::copy(bottom.data(), bottom.data() + bottom.size(), all.data() + top.size());
  return all;
}

// Adds the held-out points to `stored` and `arrays`. GLOSH scores exist for fitted points only; a
// held-out one gets 1 - probability, which has the same direction.
Status add_held_out(const FitInput& input, const PointsFit& fit, MatrixView<const float> training,
                    MatrixView<const float> held_out, const IsBlank& is_blank, ProjectFit& stored,
                    ProjectFitArrays& arrays, StoredNoise& noise, Progress& progress) {
  PointsAssignment assigned;
  MatrixF map(held_out.rows(), 2);
  if (!fit.reduction.empty()) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(assigned, assign_points(fit.reduction, *fit.hdbscan, held_out, progress));
    if (fit.consensus) {
      CLIPCLUSTER_RETURN_IF_ERROR(
          assign_by_consensus(*fit.consensus, training, std::nullopt, held_out, assigned, progress));
    }
    CLIPCLUSTER_ASSIGN_OR_RETURN(map, reduce_points(fit.map_reduction, held_out, 2, progress));
  } else {
    assigned.coordinates = MatrixF(held_out.rows(), arrays.coordinates.cols());
    assigned.labels.assign(held_out.rows(), -1);
    assigned.probabilities.assign(held_out.rows(), 0.0);
  }
  const std::optional<NeighborIndex> no_index;
  const NoiseJudge judge{noise.rule, fit.hdbscan ? &*fit.hdbscan : nullptr, training, no_index,
                         fit.consensus.has_value()};
  const auto is_blank_held_out = [&](std::size_t i) { return is_blank(input.training + i); };
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<JudgedPoint> judged,
                               judge_points(judge, held_out, is_blank_held_out, assigned, progress));
  append(judged, noise);
  arrays.coordinates = stack(arrays.coordinates, assigned.coordinates);
  arrays.map = stack(arrays.map, map);
  for (std::size_t i = 0; i < held_out.rows(); ++i) {
    stored.points.push_back({input.contents[input.training + i], assigned.labels[i],
                             assigned.probabilities[i], 1.0 - assigned.probabilities[i], true});
  }
  return {};
}

Result<SplitFigures> compare_with_everything(const SharedMatrix<float>& all, const ProjectFit& stored,
                                             const FitOptions& options, const IsBlank& is_blank,
                                             Progress& progress) {
  StepClock unnoted;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const PointsFit everything,
                               fit_points(all, options, false, unnoted, progress));
  std::vector<ProjectPoint> points(all.rows());
  for (std::size_t i = 0; i < points.size(); ++i) points[i].label = everything.labels[i];
  CLIPCLUSTER_RETURN_IF_ERROR(
      fit_noise(everything, all, options.noise, is_blank, points, progress).status());
  std::vector<std::int32_t> labels;
  for (const ProjectPoint& point : points) labels.push_back(point.label);
  return measure_split(stored.points, labels);
}

std::vector<ProjectCluster> clusters_of(const PointsFit& fit, const std::vector<ProjectPoint>& points) {
  std::vector<ProjectCluster> clusters(fit.persistence.size());
  for (std::size_t label = 0; label < clusters.size(); ++label)
    clusters[label].persistence = fit.persistence[label];
  for (const ProjectPoint& point : points) {
    if (point.label >= 0) ++clusters[static_cast<std::size_t>(point.label)].size;
  }
  return clusters;
}

// Of the projects' thumbnails; rows of a matrix have none.
IsBlank blank_pictures(const Project& project, const FitInput& input) {
  if (project.kind() == ProjectKind::vectors) return [](std::size_t) { return false; };
  return [&project, &input](std::size_t point) {
    const auto thumbnail = project.thumbnail(input.pictures[point]);
    return thumbnail.is_ok() && is_blank_thumbnail(*thumbnail);
  };
}

NoiseFigures figures_of(const StoredNoise& noise) {
  NoiseFigures figures;
  for (const Tier tier : {Tier::core, Tier::member, Tier::assigned, Tier::other})
    figures.tiers[tier_name(tier)] = 0;
  for (const Tier tier : noise.tiers) ++figures.tiers[tier_name(tier)];
  for (const StoredNoisePoint& point : noise.noise) ++figures.reasons[noise_reason_name(point.reason)];
  figures.groups = noise.groups.size();
  return figures;
}

// For the neighbours of new vectors; few points are searched without.
Status add_index(const SharedMatrix<float>& training, const FitOptions& options, PointsFit& fit,
                 ProjectFitArrays& arrays, Progress& progress) {
  if (training.empty()) return {};
  CLIPCLUSTER_RETURN_IF_ERROR(add_own_index(options.seed, fit.reduction, progress));
  if (options.test_fraction > 0.0) {
    CLIPCLUSTER_RETURN_IF_ERROR(add_own_index(options.seed, fit.map_reduction, progress));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborIndex index,
                               build_neighbor_index(training, Metric::cosine, {options.seed}, progress));
  if (!index.has_cells()) return {};
  arrays.neighbors = index.to_arrays();
  share_index(index, fit.reduction);
  share_index(index, fit.map_reduction);
  return {};
}

}  // namespace

Status check_fit_options(const FitOptions& options) {
  if (!(options.test_fraction >= 0.0 && options.test_fraction < 1.0)) {
    return Status::invalid_argument(
        fmt::format("the test fraction is {}; it must be at least 0 and less than 1, for example 0.1",
                    options.test_fraction));
  }
  if (options.min_cluster_size && *options.min_cluster_size < 2) {
    return Status::invalid_argument(
        fmt::format("min_cluster_size is {}; it must be at least 2", *options.min_cluster_size));
  }
  CLIPCLUSTER_RETURN_IF_ERROR(check_noise_options(options.noise));
  if (options.consensus_runs < 0 || options.consensus_runs > kMostConsensusRuns) {
    return Status::invalid_argument(
        fmt::format("the number of runs for a consensus is {}; it must be 0 (none) to {}",
                    options.consensus_runs, kMostConsensusRuns));
  }
  if (options.umap.n_neighbors < 2) {
    return Status::invalid_argument(
        fmt::format("n_neighbors is {}; it must be at least 2", options.umap.n_neighbors));
  }
  if (options.umap.n_components < 1 || options.pca.n_components < 1) {
    return Status::invalid_argument(
        fmt::format("n_components is {}; it must be at least 1",
                    std::min(options.umap.n_components, options.pca.n_components)));
  }
  if (options.pca_components < 0 || (options.pca_components > 0 && options.reducer == Reducer::pca)) {
    return Status::invalid_argument(fmt::format(
        "pca_components is {}; it is the number of principal components before UMAP or t-SNE, 0 for none, "
        "and not used with the reducer pca, whose number is n_components",
        options.pca_components));
  }
  return options.reducer == Reducer::tsne ? check_tsne_options(options.tsne) : Status();
}

Result<ProjectFitOutcome> fit_project(Project& project, const FitOptions& options, StepClock& clock,
                                      Progress& progress) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(ProjectFiles files, read_project_files(project));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<StoredDuplicates> duplicates, read_duplicates(project));
  if (duplicates) leave_out_copies(*duplicates, files.distinct);
  const FitInput input = fit_input(files.distinct, options);
  ProjectFit stored;
  stored.key = fit_key(project, input, options);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<ProjectFit> former, project.fit());
  if (former && former->key == stored.key) {
    ProjectFitOutcome outcome = outcome_of(*former);
    outcome.reused = true;
    return outcome;
  }

  CLIPCLUSTER_ASSIGN_OR_RETURN(const SharedMatrix<float> all, project.embedding_rows(input.rows));
  const SharedMatrix<float> training(all.owner(), all.view().rows_between(0, input.training));
  CLIPCLUSTER_ASSIGN_OR_RETURN(PointsFit fit, fit_points(training, options, true, clock, progress));
  auto figures = nlohmann::ordered_json::object();
  figures["min_cluster_size"] = fit.min_cluster_size;
  append_training(input, fit, stored.points);
  const IsBlank is_blank = blank_pictures(project, input);
  CLIPCLUSTER_ASSIGN_OR_RETURN(StoredNoise noise, clock.time("noise", training.rows(), [&] {
    return fit_noise(fit, training, options.noise, is_blank, stored.points, progress);
  }));

  ProjectFitArrays arrays;
  arrays.coordinates = fit.coordinates;
  arrays.map = fit.map;
  if (fit.hdbscan) arrays.hdbscan = fit.hdbscan->to_arrays();
  if (fit.consensus) arrays.stability = fit.consensus->to_arrays();
  CLIPCLUSTER_RETURN_IF_ERROR(clock.time("neighbour index", training.rows(), [&] {
    return add_index(training, options, fit, arrays, progress);
  }));
  store_reduction(fit.reduction, arrays);
  if (options.test_fraction > 0.0) {
    const MatrixView<const float> held_out = all.view().rows_between(input.training, all.rows());
    CLIPCLUSTER_RETURN_IF_ERROR(clock.time("held-out images", held_out.rows(), [&] {
      return add_held_out(input, fit, training, held_out, is_blank, stored, arrays, noise, progress);
    }));
    CLIPCLUSTER_ASSIGN_OR_RETURN(const SplitFigures split, clock.time("fit on everything", all.rows(), [&] {
      return compare_with_everything(all, stored, options, is_blank, progress);
    }));
    figures["split"] = split_json(split);
  }
  arrays.noise = to_arrays(noise);
  if (fit.consensus) {
    figures["consensus"] = consensus_json(consensus_figures(*fit.consensus, options.consensus_runs));
  }
  figures["noise"] = noise_figures_json(figures_of(noise));
  stored.options = dump(fit_options_json(options));
  stored.figures = dump(figures);
  stored.clusters = clusters_of(fit, stored.points);
  if (progress.cancelled()) return Status::cancelled();
  CLIPCLUSTER_RETURN_IF_ERROR(clock.time("storing the fit", stored.points.size(),
                                         [&] { return project.store_fit(stored, arrays); }));
  return outcome_of(stored);
}

}  // namespace clipcluster::internal
