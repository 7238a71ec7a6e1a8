#include "pipeline/project_embedder.h"

#include <algorithm>
#include <chrono>
#include <unordered_set>
#include <utility>

#include "pipeline/image_loader.h"
#include "pipeline/known_images.h"

namespace clipcluster::internal {
namespace {

using Clock = std::chrono::steady_clock;

// A kill loses at most what was done since the last checkpoint.
constexpr std::chrono::seconds kCheckpointEvery{2};
// And a checkpoint's memory stays small however fast the machine is.
constexpr std::size_t kCheckpointImages = 4096;

}  // namespace

struct ProjectEmbedder::Parts {
  Project& project;
  const ClipModel& model;
  EmbedderOptions options;
  KnownImages known;
  std::size_t embedded = 0;

  // Done, but not durable yet.
  std::vector<MatrixF> embeddings;
  std::vector<std::vector<std::uint8_t>> thumbnails;
  std::vector<CheckpointContent> contents;
  std::vector<CheckpointImage> images;
  Clock::time_point last_checkpoint = Clock::now();

  LoadOptions load_options() const;
  Status add_batch(std::span<const FoundFile> files, std::vector<LoadedImage> loaded);
  void add_image(const FoundFile& file, const LoadedImage& loaded);
  void add_content(LoadedImage& loaded, std::span<const float> embedding);
  Status embed_new(std::vector<LoadedImage>& loaded);
  bool checkpoint_due() const;
  Status checkpoint();
};

ProjectEmbedder::ProjectEmbedder(Project& project, const ClipModel& model, const EmbedderOptions& options)
    : parts_(new Parts{project, model, options, {}, 0, {}, {}, {}, {}, Clock::now()}) {}
ProjectEmbedder::~ProjectEmbedder() = default;

std::size_t ProjectEmbedder::embedded() const { return parts_->embedded; }

LoadOptions ProjectEmbedder::Parts::load_options() const {
  LoadOptions load;
  load.decode = options.decode;
  load.preprocess = model.preprocess();
  load.thumbnail_side = options.thumbnail_side;
  load.knows_bytes = [this](const std::string& hash) { return !known.pixel_hash_of_bytes(hash).empty(); };
  load.knows_pixels = [this](const std::string& hash) { return known.complete(hash); };
  return load;
}

Status ProjectEmbedder::embed(std::span<const FoundFile> files, Progress& progress) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(parts_->known,
                               KnownImages::read(parts_->project, parts_->options.thumbnail_side > 0));
  std::vector<FoundFile> todo;
  for (const FoundFile& file : files) {
    if (!parts_->known.unchanged(file)) todo.push_back(file);
  }
  std::vector<std::string> paths;
  paths.reserve(todo.size());
  for (const FoundFile& file : todo) paths.push_back(file.path);

  const LoadOptions load = parts_->load_options();
  const std::size_t step = batch_size();
  std::uint64_t bytes = 0;
  for (std::size_t first = 0; first < todo.size(); first += step) {
    progress.report({"embedding", first, todo.size(), "images", bytes});
    if (progress.cancelled()) {
      CLIPCLUSTER_RETURN_IF_ERROR(parts_->checkpoint());
      return Status::cancelled();
    }
    const std::size_t last = std::min(todo.size(), first + step);
    read_ahead(std::span(paths).subspan(last, std::min(step, todo.size() - last)));
    auto loaded = load_images(std::span(paths).subspan(first, last - first), load);
    for (const LoadedImage& image : loaded) bytes += image.bytes;
    CLIPCLUSTER_RETURN_IF_ERROR(
        parts_->add_batch(std::span(todo).subspan(first, last - first), std::move(loaded)));
    if (parts_->checkpoint_due()) CLIPCLUSTER_RETURN_IF_ERROR(parts_->checkpoint());
  }
  CLIPCLUSTER_RETURN_IF_ERROR(parts_->checkpoint());
  progress.report({"embedding", todo.size(), todo.size(), "images", bytes});
  return {};
}

Status ProjectEmbedder::Parts::add_batch(std::span<const FoundFile> files,
                                         std::vector<LoadedImage> loaded) {
  CLIPCLUSTER_RETURN_IF_ERROR(embed_new(loaded));
  for (std::size_t i = 0; i < files.size(); ++i) add_image(files[i], loaded[i]);
  return {};
}

// Embeds each pixel content of the batch that is new, once.
Status ProjectEmbedder::Parts::embed_new(std::vector<LoadedImage>& loaded) {
  std::unordered_set<std::string> taken;
  std::vector<std::size_t> picked;
  std::vector<Image> crops;
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    LoadedImage& image = loaded[i];
    const bool is_new = !image.failure && !image.known_bytes && !image.known_pixels;
    if (!is_new || !taken.insert(image.pixel_hash).second) continue;
    picked.push_back(i);
    crops.push_back(std::move(image.crop));
  }
  if (picked.empty()) return {};
  MatrixF batch(crops.size(), static_cast<std::size_t>(model.embedding_size()));
  CLIPCLUSTER_RETURN_IF_ERROR(model.embed_images(crops, batch));
  embeddings.push_back(std::move(batch));
  for (std::size_t i = 0; i < picked.size(); ++i) {
    add_content(loaded[picked[i]], embeddings.back().view().row_span(i));
  }
  embedded += picked.size();
  return {};
}

void ProjectEmbedder::Parts::add_content(LoadedImage& loaded, std::span<const float> embedding) {
  thumbnails.push_back(std::move(loaded.thumbnail));
  CheckpointContent entry;
  entry.content.pixel_hash = loaded.pixel_hash;
  entry.content.width = loaded.width;
  entry.content.height = loaded.height;
  entry.embedding = embedding;
  entry.thumbnail = thumbnails.back();
  contents.push_back(entry);
  known.add_content(loaded.pixel_hash);
}

void ProjectEmbedder::Parts::add_image(const FoundFile& file, const LoadedImage& loaded) {
  CheckpointImage entry;
  entry.image.path = file.path;
  entry.image.bytes = file.bytes;
  entry.image.modified_ns = file.modified_ns;
  entry.image.byte_hash = loaded.byte_hash;
  if (loaded.failure) {
    entry.image.skip_reason = skip_reason_name(loaded.failure->reason);
    entry.image.skip_message = loaded.failure->message;
  } else if (loaded.known_bytes) {
    entry.pixel_hash = known.pixel_hash_of_bytes(loaded.byte_hash);
    entry.image.format = known.format_of_bytes(loaded.byte_hash);
  } else {
    entry.pixel_hash = loaded.pixel_hash;
    entry.image.format = loaded.format;
    known.add_bytes(loaded.byte_hash, loaded.pixel_hash, loaded.format);
  }
  images.push_back(std::move(entry));
}

bool ProjectEmbedder::Parts::checkpoint_due() const {
  return Clock::now() - last_checkpoint >= kCheckpointEvery || images.size() >= kCheckpointImages;
}

Status ProjectEmbedder::Parts::checkpoint() {
  if (!images.empty()) CLIPCLUSTER_RETURN_IF_ERROR(project.checkpoint(contents, images));
  contents.clear();
  images.clear();
  thumbnails.clear();
  embeddings.clear();
  last_checkpoint = Clock::now();
  return {};
}

}  // namespace clipcluster::internal
