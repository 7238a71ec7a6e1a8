#include "pipeline/project_embedder.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "pipeline/image_stream.h"
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
  EmbedderOptions options;
  KnownImages known;
  std::shared_mutex known_mutex;  // one thread adds to `known` while others ask
  std::vector<FoundFile> todo;
  std::size_t embedded = 0;
  std::size_t files_read = 0;
  std::uint64_t bytes_read = 0;

  // Done, but not durable yet.
  std::vector<std::shared_ptr<EmbeddedContent>> kept;
  std::vector<CheckpointContent> contents;
  std::vector<CheckpointImage> images;
  Clock::time_point last_checkpoint = Clock::now();

  Parts(Project& project_, const EmbedderOptions& options_) : project(project_), options(options_) {}

  LoadOptions load_options(const ClipModel* model);
  // The files that need a model, if there is none.
  Status run(const ClipModel* model, std::vector<FoundFile>& need_model, Progress& progress);
  void add(const FoundFile& file, const StreamedImage& image);
  void add_content(const StreamedImage& image);
  bool checkpoint_due() const;
  Status checkpoint();
};

ProjectEmbedder::ProjectEmbedder(Project& project, const EmbedderOptions& options)
    : parts_(std::make_unique<Parts>(project, options)) {}
ProjectEmbedder::~ProjectEmbedder() = default;

std::size_t ProjectEmbedder::files_to_read() const { return parts_->todo.size(); }
std::size_t ProjectEmbedder::embedded() const { return parts_->embedded; }
std::size_t ProjectEmbedder::files_read() const { return parts_->files_read; }
std::uint64_t ProjectEmbedder::bytes_read() const { return parts_->bytes_read; }

Status ProjectEmbedder::look_at(std::span<const FoundFile> files) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(parts_->known,
                               KnownImages::read(parts_->project, parts_->options.thumbnail_side > 0));
  for (const FoundFile& file : files) {
    if (!parts_->known.unchanged(file)) parts_->todo.push_back(file);
  }
  return {};
}

Status ProjectEmbedder::try_without_model(Progress& progress) {
  const bool all_known = std::all_of(parts_->todo.begin(), parts_->todo.end(), [&](const FoundFile& file) {
    return parts_->known.had_answer(file.path);
  });
  if (!all_known || parts_->todo.empty()) return {};
  std::vector<FoundFile> need_model;
  CLIPCLUSTER_RETURN_IF_ERROR(parts_->run(nullptr, need_model, progress));
  parts_->todo = std::move(need_model);
  return {};
}

Status ProjectEmbedder::embed(const ClipModel& model, Progress& progress) {
  std::vector<FoundFile> none;
  return parts_->run(&model, none, progress);
}

LoadOptions ProjectEmbedder::Parts::load_options(const ClipModel* model) {
  LoadOptions load;
  load.decode = options.decode;
  if (model != nullptr) load.preprocess = model->preprocess();
  load.thumbnail_side = options.thumbnail_side;
  load.knows_bytes = [this](const std::string& hash) {
    const std::shared_lock lock(known_mutex);
    return !known.pixel_hash_of_bytes(hash).empty();
  };
  load.knows_pixels = [this](const std::string& hash) {
    const std::shared_lock lock(known_mutex);
    return known.complete(hash);
  };
  return load;
}

Status ProjectEmbedder::Parts::run(const ClipModel* model, std::vector<FoundFile>& need_model,
                                   Progress& progress) {
  if (todo.empty()) return {};
  const char* step = model != nullptr ? "embedding" : "checking files";
  std::vector<std::string> paths;
  paths.reserve(todo.size());
  for (const FoundFile& file : todo) paths.push_back(file.path);
  std::uint64_t bytes = 0;
  const auto take = [&](std::size_t first, std::span<StreamedImage> streamed) -> Status {
    for (std::size_t i = 0; i < streamed.size(); ++i) {
      const FoundFile& file = todo[first + i];
      const LoadedImage& loaded = streamed[i].loaded;
      bytes += loaded.bytes;
      if (loaded.is_new() && model == nullptr) {
        need_model.push_back(file);
      } else {
        add(file, streamed[i]);
      }
    }
    if (checkpoint_due()) CLIPCLUSTER_RETURN_IF_ERROR(checkpoint());
    const std::size_t done = first + streamed.size();
    if (done < todo.size()) progress.report({step, done, todo.size(), "images", bytes});
    return {};
  };
  progress.report({step, 0, todo.size(), "images", 0});
  const StreamOptions stream_options{load_options(model)};
  const Status status = ImageStream(paths, model, stream_options, take).run(progress);
  bytes_read += bytes;
  if (model != nullptr || status.is_ok()) files_read += todo.size() - need_model.size();
  // What was done counts, whatever ended the work; but not after a failed checkpoint.
  if (status.is_ok() || status.code() == ErrorCode::cancelled) CLIPCLUSTER_RETURN_IF_ERROR(checkpoint());
  CLIPCLUSTER_RETURN_IF_ERROR(status);
  progress.report({step, todo.size(), todo.size(), "images", bytes});
  return {};
}

void ProjectEmbedder::Parts::add_content(const StreamedImage& image) {
  kept.push_back(image.content);
  CheckpointContent entry;
  entry.content.pixel_hash = image.loaded.pixel_hash;
  entry.content.width = image.loaded.width;
  entry.content.height = image.loaded.height;
  entry.embedding = image.content->embedding;
  entry.thumbnail = image.content->thumbnail;
  contents.push_back(entry);
  known.add_content(image.loaded.pixel_hash);
  ++embedded;
}

void ProjectEmbedder::Parts::add(const FoundFile& file, const StreamedImage& streamed) {
  const std::unique_lock lock(known_mutex);
  const LoadedImage& loaded = streamed.loaded;
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
    // Another file with the same pixels may have been handed on since this one was decoded.
    if (loaded.is_new() && !known.complete(loaded.pixel_hash)) add_content(streamed);
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
  kept.clear();
  last_checkpoint = Clock::now();
  return {};
}

}  // namespace clipcluster::internal
