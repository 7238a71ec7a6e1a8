#include "pipeline/image_stream.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

#include "clipcluster/matrix.h"
#include "clipcluster/parallel.h"

namespace clipcluster::internal {
namespace {

// The engine's weights come from memory once for a group. No result depends on it.
constexpr std::size_t kGroup = 4;
// Decoded files whose turn to be handed on has not come; they hold a thumbnail and a vector, no pixels.
constexpr std::size_t kMostInFlight = 1024;

// Few files: smaller groups, so that every thread gets one.
std::size_t group_size(std::size_t files) {
  return std::clamp<std::size_t>(files / static_cast<std::size_t>(thread_count()), 1, kGroup);
}

Status no_memory() { return Status::resource_limit("there is not enough memory to embed the images"); }

}  // namespace

ImageStream::ImageStream(std::span<const std::string> paths, const ClipModel* model,
                         const StreamOptions& options, Sink sink)
    : paths_(paths),
      model_(model),
      options_(options),
      sink_(std::move(sink)),
      group_(group_size(paths.size())),
      files_(paths, options.load.decode) {}

Status ImageStream::run(Progress& progress) {
  const std::size_t workers = std::min(paths_.size(), static_cast<std::size_t>(thread_count()));
  parallel_for(workers, 1, [&](std::size_t, std::size_t) { work(progress); });
  finish();
  return status_;
}

void ImageStream::work(Progress& progress) {
  Lock lock(mutex_);
  try {
    while (status_.is_ok()) {
      if (progress.cancelled()) {
        stop(Status::cancelled());
      } else if (!work_on(lock)) {
        return;
      }
    }
  } catch (const std::bad_alloc&) {
    if (!lock.owns_lock()) lock.lock();
    stop(no_memory());
  }
}

void ImageStream::stop(Status status) {
  if (status_.is_ok()) status_ = std::move(status);
  changed_.notify_all();
}

bool ImageStream::work_on(Lock& lock) {
  if (may_hand_on(options_.run_length)) {
    hand_on(lock);
  } else if (waiting_.size() >= group_) {
    embed_waiting(lock, group_);
  } else if (may_load()) {
    load_next(lock);
  } else if (next_ == paths_.size()) {
    return false;  // what is left is less than a group: finish() has all threads for it
  } else if (may_hand_on(1)) {
    hand_on(lock);
  } else if (!waiting_.empty()) {
    embed_waiting(lock, group_);  // nothing can join them before they are handed on
  } else {
    changed_.wait(lock);
  }
  return true;
}

bool ImageStream::may_load() const {
  return next_ < paths_.size() && in_flight_.size() < std::max(kMostInFlight, 2 * options_.run_length);
}

bool ImageStream::may_hand_on(std::size_t least) {
  while (finished_ < next_ && in_flight_[finished_ - handed_on_].is_finished()) ++finished_;
  return !handing_on_ && finished_ - handed_on_ >= least;
}

void ImageStream::load_next(Lock& lock) {
  const std::size_t index = next_++;
  in_flight_.emplace_back();
  lock.unlock();
  LoadedImage loaded = load_image(files_.take(index), options_.load);
  lock.lock();
  keep(index, std::move(loaded));
  changed_.notify_all();
}

void ImageStream::keep(std::size_t index, LoadedImage loaded) {
  StreamedImage& image = in_flight_[index - handed_on_].image;
  if (loaded.is_new() && model_ != nullptr) {
    // Without hashes every file is a content of its own.
    std::shared_ptr<EmbeddedContent> fresh;
    auto& content = loaded.pixel_hash.empty() ? fresh : contents_[loaded.pixel_hash];
    if (!content) {
      content = std::make_shared<EmbeddedContent>();
      content->thumbnail = std::move(loaded.thumbnail);
      waiting_.push_back({std::move(loaded.crop), content});
    }
    image.content = content;
  }
  loaded.crop = {};
  loaded.thumbnail = {};
  image.loaded = std::move(loaded);
  in_flight_[index - handed_on_].is_loaded = true;
}

void ImageStream::embed_waiting(Lock& lock, std::size_t most) {
  const std::size_t count = std::min(most, waiting_.size());
  std::vector<Image> crops;
  std::vector<std::shared_ptr<EmbeddedContent>> contents;
  for (std::size_t i = 0; i < count; ++i) {
    crops.push_back(std::move(waiting_[i].pixels));
    contents.push_back(std::move(waiting_[i].content));
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  lock.unlock();
  MatrixF embeddings(count, static_cast<std::size_t>(model_->embedding_size()));
  Status status = model_->embed_images(crops, embeddings);
  lock.lock();
  if (!status.is_ok()) return stop(std::move(status));
  for (std::size_t i = 0; i < count; ++i) {
    const auto row = embeddings.view().row_span(i);
    contents[i]->embedding.assign(row.begin(), row.end());
  }
  changed_.notify_all();
}

void ImageStream::hand_on(Lock& lock) {
  const std::size_t first = handed_on_;
  std::vector<StreamedImage> images;
  images.reserve(finished_ - first);
  for (std::size_t i = first; i < finished_; ++i) images.push_back(std::move(in_flight_[i - first].image));
  handing_on_ = true;
  lock.unlock();
  Status status = sink_(first, images);
  lock.lock();
  handing_on_ = false;
  for (const StreamedImage& image : images) contents_.erase(image.loaded.pixel_hash);
  in_flight_.erase(in_flight_.begin(), in_flight_.begin() + static_cast<std::ptrdiff_t>(images.size()));
  handed_on_ += images.size();
  if (!status.is_ok()) return stop(std::move(status));
  changed_.notify_all();
}

// Outside of parallel_for, so that one picture or a few have all threads to themselves.
void ImageStream::finish() {
  Lock lock(mutex_);
  try {
    if (status_.is_ok() && !waiting_.empty()) embed_waiting(lock, waiting_.size());
    const bool wanted = status_.is_ok() || status_.code() == ErrorCode::cancelled;
    if (wanted && may_hand_on(1)) hand_on(lock);
  } catch (const std::bad_alloc&) {
    if (!lock.owns_lock()) lock.lock();
    stop(no_memory());
  }
}

}  // namespace clipcluster::internal
