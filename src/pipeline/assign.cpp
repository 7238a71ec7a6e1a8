// New images into the clusters of a project.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "clipcluster/neighbors.h"
#include "clipcluster/pipeline.h"
#include "pipeline/blank.h"
#include "pipeline/fit_points.h"
#include "pipeline/fitted_project.h"
#include "pipeline/image_stream.h"
#include "pipeline/model.h"
#include "pipeline/noise_fit.h"
#include "pipeline/project_space.h"
#include "pipeline/reduction.h"
#include "pipeline/row_hash.h"

namespace clipcluster {
namespace {

// Searching for the neighbours of several vectors reads the project's embeddings once for all.
constexpr std::size_t kAnswersAtOnce = 32;

}  // namespace

struct Assigner::Parts {
  AssignOptions options;
  internal::FittedProject fitted;
  std::optional<ClipModel> model;  // none for projects without images
  internal::Reduction reduction;   // empty when there were too few points
  std::optional<HdbscanModel> hdbscan;
  std::optional<Consensus> consensus;
  std::optional<NeighborIndex> index;          // of the training embeddings, cosine
  std::optional<internal::StoredNoise> noise;  // none in older projects
  // Points by the hashes of their pixels and of their files' bytes.
  std::unordered_map<std::string, std::size_t> by_pixels;
  std::unordered_map<std::string, std::size_t> by_bytes;

  Status load_model();
  Status load_fit();
  void index_points();
  internal::LoadOptions load_options() const;

  // Puts label, probability and nearest images into answers[i] for row i; known[i] is the point that
  // it is, or none.
  Status answer(MatrixView<const float> vectors, std::span<const std::optional<std::size_t>> known,
                const internal::IsBlank& is_blank, std::span<Assignment> answers) const;
  Status add_nearest(MatrixView<const float> vectors, std::span<Assignment> answers) const;
  Status add_labels(MatrixView<const float> vectors, std::span<const std::optional<std::size_t>> known,
                    const internal::IsBlank& is_blank, std::span<Assignment> answers) const;
  // Labels, tiers and reasons of vectors that are not known.
  Status judge(MatrixView<const float> vectors, const internal::IsBlank& is_blank,
               std::span<Assignment> answers) const;
  Result<internal::PointsAssignment> cluster(MatrixView<const float> vectors) const;
  void set_noise(const internal::StoredNoisePoint& point, Assignment& answer) const;
  std::optional<double> known_confidence(std::size_t point) const;
  void set_known(std::size_t point, Assignment& answer) const;
  const std::string& name_of(std::int32_t label) const;
  Status answer_images(std::span<internal::StreamedImage> images, std::span<Assignment> answers) const;
  Status require_model() const;
  int space_size() const { return fitted.project->space()->size; }
  std::optional<std::size_t> known_point(const internal::LoadedImage& image) const;
};

Assigner::Assigner(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Assigner::Assigner(Assigner&&) noexcept = default;
Assigner& Assigner::operator=(Assigner&&) noexcept = default;
Assigner::~Assigner() = default;

Status Assigner::Parts::load_model() {
  if (fitted.project->kind() == ProjectKind::vectors) return {};
  const EmbeddingSpace& space = *fitted.project->space();
  const std::string folder = options.model_folder.empty() ? space.model_folder : options.model_folder;
  CLIPCLUSTER_ASSIGN_OR_RETURN(model, internal::load_image_tower(folder, internal::precision_of(space)));
  if (internal::same_space(internal::space_of(*model), space)) return {};
  return Status::invalid_argument(
      fmt::format("the model in '{}' is not the one that '{}' was made with (that was '{}'). Name the "
                  "right model folder, or "
                  "run clipcluster run with this model first.",
                  folder, fitted.project->folder(), space.model_folder));
}

Status Assigner::Parts::load_fit() {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      noise, internal::stored_noise(fitted.arrays, fitted.fit.points.size(), fitted.fit.clusters.size()));
  if (fitted.arrays.neighbors) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(
        index, NeighborIndex::from_arrays(*fitted.arrays.neighbors, fitted.training_embeddings()));
  }
  if (!fitted.arrays.hdbscan) return {};
  CLIPCLUSTER_ASSIGN_OR_RETURN(reduction,
                               internal::stored_reduction(fitted.arrays, fitted.training_embeddings()));
  CLIPCLUSTER_ASSIGN_OR_RETURN(hdbscan, HdbscanModel::from_arrays(*fitted.arrays.hdbscan));
  internal::share_index(index, reduction);
  if (!fitted.arrays.stability) return {};
  CLIPCLUSTER_ASSIGN_OR_RETURN(consensus, Consensus::from_arrays(*fitted.arrays.stability));
  return {};
}

void Assigner::Parts::index_points() {
  for (std::size_t i = 0; i < fitted.points.size(); ++i) {
    by_pixels.emplace(fitted.points[i].content.pixel_hash, i);
    for (const std::string& hash : fitted.points[i].copy_pixel_hashes) by_pixels.emplace(hash, i);
    for (const std::string& hash : fitted.points[i].byte_hashes) by_bytes.emplace(hash, i);
  }
}

Result<Assigner> Assigner::open(const std::string& folder, const AssignOptions& options) {
  if (options.nearest < 0) {
    return Status::invalid_argument(fmt::format("nearest is {}; it must not be negative", options.nearest));
  }
  auto parts = std::make_unique<Parts>();
  parts->options = options;
  CLIPCLUSTER_ASSIGN_OR_RETURN(parts->fitted, internal::read_fitted_project(folder));
  CLIPCLUSTER_ASSIGN_OR_RETURN(parts->options.decode.fast_decode_side,
                               internal::fast_decode_side(*parts->fitted.project));
  CLIPCLUSTER_RETURN_IF_ERROR(parts->load_model());
  CLIPCLUSTER_RETURN_IF_ERROR(parts->load_fit());
  parts->index_points();
  return Assigner(std::move(parts));
}

const EmbeddingSpace& Assigner::space() const { return *parts_->fitted.project->space(); }
std::size_t Assigner::clusters() const { return parts_->fitted.fit.clusters.size(); }

Status Assigner::Parts::add_nearest(MatrixView<const float> vectors, std::span<Assignment> answers) const {
  if (options.nearest == 0 || fitted.training == 0) return {};
  const NeighborOptions nearest{options.nearest, Metric::cosine};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborLists neighbors,
                               index ? query_neighbors(*index, vectors, nearest)
                                     : query_neighbors(fitted.training_embeddings(), vectors, nearest));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    for (std::size_t j = 0; j < neighbors.indices.cols(); ++j) {
      const auto point = static_cast<std::size_t>(neighbors.indices(i, j));
      answers[i].nearest.push_back({fitted.points[point].path,
                                    1.0 - static_cast<double>(neighbors.distances(i, j)),
                                    fitted.fit.points[point].label});
    }
  }
  return {};
}

const std::string& Assigner::Parts::name_of(std::int32_t label) const {
  static const std::string none;
  const auto number = static_cast<std::size_t>(std::max(label, 0));
  return label >= 0 && number < fitted.fit.clusters.size() ? fitted.fit.clusters[number].name : none;
}

Result<internal::PointsAssignment> Assigner::Parts::cluster(MatrixView<const float> vectors) const {
  internal::PointsAssignment assigned;
  if (reduction.empty() || !hdbscan) {
    assigned.labels.assign(vectors.rows(), -1);
    assigned.probabilities.assign(vectors.rows(), 0.0);
    return assigned;
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(assigned,
                               internal::assign_points(reduction, *hdbscan, vectors, Progress::none()));
  if (consensus) {
    CLIPCLUSTER_RETURN_IF_ERROR(internal::assign_by_consensus(*consensus, fitted.training_embeddings(),
                                                              index, vectors, assigned, Progress::none()));
  }
  return assigned;
}

void Assigner::Parts::set_noise(const internal::StoredNoisePoint& point, Assignment& answer) const {
  answer.reason = point.reason;
  answer.sureness = point.sureness;
  for (std::size_t i = 0; i < kNearestClusters && point.nearest.labels[i] >= 0; ++i) {
    const std::int32_t label = point.nearest.labels[i];
    answer.nearest_clusters.push_back(
        {label, name_of(label), point.nearest.distances[i] / noise->rule.reach});
  }
}

Status Assigner::Parts::judge(MatrixView<const float> vectors, const internal::IsBlank& is_blank,
                              std::span<Assignment> answers) const {
  CLIPCLUSTER_ASSIGN_OR_RETURN(internal::PointsAssignment assigned, cluster(vectors));
  std::vector<internal::JudgedPoint> judged(answers.size());
  if (noise) {
    const internal::NoiseJudge judge{noise->rule, hdbscan ? &*hdbscan : nullptr,
                                     fitted.training_embeddings(), index, consensus.has_value()};
    CLIPCLUSTER_ASSIGN_OR_RETURN(
        judged, internal::judge_points(judge, vectors, is_blank, assigned, Progress::none()));
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    answers[i].label = assigned.labels[i];
    answers[i].probability = assigned.probabilities[i];
    answers[i].tier = noise ? judged[i].tier : answers[i].label < 0 ? Tier::other : Tier::member;
    if (consensus && answers[i].label >= 0 && answers[i].tier != Tier::assigned)
      answers[i].confidence = assigned.confidences[i];
    if (judged[i].noise) set_noise(*judged[i].noise, answers[i]);
  }
  return {};
}

std::optional<double> Assigner::Parts::known_confidence(std::size_t point) const {
  if (!consensus || point >= consensus->confidences.size() || consensus->labels[point] < 0)
    return std::nullopt;
  return consensus->confidences[point];
}

// What was said of it before stays.
void Assigner::Parts::set_known(std::size_t point, Assignment& answer) const {
  answer.label = fitted.fit.points[point].label;
  answer.probability = fitted.fit.points[point].probability;
  answer.known = true;
  answer.confidence = known_confidence(point);
  answer.tier = noise ? noise->tiers[point] : answer.label < 0 ? Tier::other : Tier::member;
  answer.reason = NoiseReason::none;
  answer.sureness = 0.0;
  answer.nearest_clusters.clear();
  if (noise && noise->noise_point(point) != nullptr) set_noise(*noise->noise_point(point), answer);
}

Status Assigner::Parts::add_labels(MatrixView<const float> vectors,
                                   std::span<const std::optional<std::size_t>> known,
                                   const internal::IsBlank& is_blank, std::span<Assignment> answers) const {
  const bool all_known =
      std::all_of(known.begin(), known.end(), [](const auto& point) { return point.has_value(); });
  if (!all_known) CLIPCLUSTER_RETURN_IF_ERROR(judge(vectors, is_blank, answers));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (known[i]) set_known(*known[i], answers[i]);
    answers[i].name = name_of(answers[i].label);
  }
  return {};
}

Status Assigner::Parts::answer(MatrixView<const float> vectors,
                               std::span<const std::optional<std::size_t>> known,
                               const internal::IsBlank& is_blank, std::span<Assignment> answers) const {
  if (answers.empty()) return {};
  CLIPCLUSTER_RETURN_IF_ERROR(add_nearest(vectors, answers));
  return add_labels(vectors, known, is_blank, answers);
}

std::optional<std::size_t> Assigner::Parts::known_point(const internal::LoadedImage& image) const {
  if (image.known_bytes) return by_bytes.at(image.byte_hash);
  if (image.known_pixels) return by_pixels.at(image.pixel_hash);
  return std::nullopt;
}

internal::LoadOptions Assigner::Parts::load_options() const {
  internal::LoadOptions load;
  load.decode = options.decode;
  load.preprocess = model->preprocess();
  load.thumbnail_side = noise ? internal::kBlankSide : 0;
  load.knows_bytes = [this](const std::string& hash) { return by_bytes.contains(hash); };
  load.knows_pixels = [this](const std::string& hash) { return by_pixels.contains(hash); };
  return load;
}

// answers[i].path is left as it is.
Status Assigner::Parts::answer_images(std::span<internal::StreamedImage> images,
                                      std::span<Assignment> answers) const {
  std::vector<std::size_t> usable;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (images[i].loaded.failure) {
      answers[i].error = std::move(images[i].loaded.failure);
    } else {
      usable.push_back(i);
    }
  }
  const auto size = static_cast<std::size_t>(space_size());
  MatrixF vectors(usable.size(), size);
  std::vector<std::optional<std::size_t>> known;
  std::vector<Assignment> usable_answers(usable.size());
  for (std::size_t i = 0; i < usable.size(); ++i) {
    const internal::StreamedImage& image = images[usable[i]];
    known.push_back(known_point(image.loaded));
    const float* vector =
        known.back() ? fitted.embeddings.row(*known.back()) : image.content->embedding.data();
    std::copy(vector, vector + size, vectors.row(i));
    usable_answers[i].path = answers[usable[i]].path;
  }
  const auto is_blank = [&](std::size_t i) {
    const auto& content = images[usable[i]].content;
    return content && internal::is_blank_thumbnail(content->thumbnail);
  };
  CLIPCLUSTER_RETURN_IF_ERROR(answer(vectors, known, is_blank, usable_answers));
  for (std::size_t i = 0; i < usable.size(); ++i) answers[usable[i]] = std::move(usable_answers[i]);
  return {};
}

Status Assigner::Parts::require_model() const {
  if (model) return {};
  return Status::invalid_argument(
      "the project in '" + fitted.project->folder() +
      "' was made from embeddings and has no model for images; assign embeddings.");
}

Status Assigner::assign(std::span<const std::string> paths, const Sink& sink, Progress& progress) const {
  CLIPCLUSTER_RETURN_IF_ERROR(parts_->require_model());
  internal::StreamOptions options;
  options.load = parts_->load_options();
  options.run_length = kAnswersAtOnce;
  std::uint64_t bytes = 0;
  const auto take = [&](std::size_t first, std::span<internal::StreamedImage> images) -> Status {
    std::vector<Assignment> answers(images.size());
    for (std::size_t i = 0; i < images.size(); ++i) {
      answers[i].path = paths[first + i];
      bytes += images[i].loaded.bytes;
    }
    CLIPCLUSTER_RETURN_IF_ERROR(parts_->answer_images(images, answers));
    for (const Assignment& answer : answers) CLIPCLUSTER_RETURN_IF_ERROR(sink(answer));
    progress.report({"assigning", first + images.size(), paths.size(), "images", bytes});
    return {};
  };
  progress.report({"assigning", 0, paths.size(), "images", 0});
  return internal::ImageStream(paths, &*parts_->model, options, take).run(progress);
}

Result<Assignment> Assigner::assign_bytes(std::span<const std::uint8_t> file) const {
  CLIPCLUSTER_RETURN_IF_ERROR(parts_->require_model());
  internal::StreamedImage image;
  image.loaded = internal::load_image_bytes(file, parts_->load_options());
  if (image.loaded.is_new()) {
    MatrixF vector(1, static_cast<std::size_t>(parts_->space_size()));
    CLIPCLUSTER_RETURN_IF_ERROR(parts_->model->embed_images(std::span(&image.loaded.crop, 1), vector));
    image.content = std::make_shared<internal::EmbeddedContent>();
    image.content->embedding.assign(vector.row(0), vector.row(0) + vector.cols());
    image.content->thumbnail = std::move(image.loaded.thumbnail);
  }
  std::vector<Assignment> answers(1);
  CLIPCLUSTER_RETURN_IF_ERROR(parts_->answer_images(std::span(&image, 1), answers));
  return std::move(answers.front());
}

Result<std::vector<Assignment>> Assigner::assign_vectors(MatrixView<const float> vectors) const {
  const auto size = static_cast<std::size_t>(parts_->space_size());
  if (vectors.rows() > 0 && vectors.cols() != size) {
    return Status::invalid_argument(fmt::format(
        "the vectors have {} columns, but the project's embeddings have {}", vectors.cols(), size));
  }
  std::vector<std::optional<std::size_t>> known(vectors.rows());
  for (std::size_t i = 0; i < vectors.rows(); ++i) {
    // Only in projects without images is the hash one of the row itself.
    const auto point = parts_->by_pixels.find(internal::row_hash(vectors.row_span(i)));
    if (point != parts_->by_pixels.end()) known[i] = point->second;
  }
  std::vector<Assignment> answers(vectors.rows());
  CLIPCLUSTER_RETURN_IF_ERROR(parts_->answer(vectors, known, nullptr, answers));
  return answers;
}

}  // namespace clipcluster
