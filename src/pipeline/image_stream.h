// Files to vectors, with reading, decoding and the engine at work at the same time.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "clipcluster/clip.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "pipeline/image_loader.h"
#include "pipeline/read_ahead.h"

namespace clipcluster::internal {

// Shared by files in flight with the same pixels.
struct EmbeddedContent {
  std::vector<float> embedding;  // empty until it is worked out
  std::vector<std::uint8_t> thumbnail;
};

struct StreamedImage {
  LoadedImage loaded;                        // its crop and its thumbnail have moved into `content`
  std::shared_ptr<EmbeddedContent> content;  // of an image that is_new(); none without a model
};

struct StreamOptions {
  LoadOptions load;
  // Files are handed on in runs of at least so many, but for the last run.
  std::size_t run_length = 1;
};

// Every thread takes whichever work is at hand: a group of pictures for the engine if there is one, else
// the next file to decode. So no thread waits for another, whatever decoding costs beside the engine, and
// only a group or two of pixels are in memory. Reading happens ahead (ReadAhead), and what is finished
// is handed on by one thread while the others work on.
class ImageStream {
 public:
  // Called for consecutive runs of files, in the order of the paths, by one thread at a time. `first` is
  // the place of images[0] among the paths.
  using Sink = std::function<Status(std::size_t first, std::span<StreamedImage> images)>;

  // model: may be null; then nothing is embedded. All must outlive the stream; the strings too.
  ImageStream(std::span<const std::string> paths, const ClipModel* model, const StreamOptions& options,
              Sink sink);

  // Once. Cancelled or failed: files whose turn had come are handed on, the rest is dropped.
  Status run(Progress& progress);

 private:
  struct Item {
    StreamedImage image;
    bool is_loaded = false;

    bool is_finished() const { return is_loaded && (!image.content || !image.content->embedding.empty()); }
  };
  struct Crop {
    Image pixels;
    std::shared_ptr<EmbeddedContent> content;
  };
  using Lock = std::unique_lock<std::mutex>;

  void work(Progress& progress);
  // One piece of work, or waiting for one; false when there is none left for this thread.
  bool work_on(Lock& lock);
  bool may_load() const;
  bool may_hand_on(std::size_t least);
  void load_next(Lock& lock);
  void keep(std::size_t index, LoadedImage loaded);
  void embed_waiting(Lock& lock, std::size_t most);
  void hand_on(Lock& lock);
  void finish();
  void stop(Status status);

  const std::span<const std::string> paths_;
  const ClipModel* const model_;
  const StreamOptions& options_;
  const Sink sink_;
  const std::size_t group_;
  ReadAhead files_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Status status_;
  std::size_t next_ = 0;        // the file that is decoded next
  std::size_t handed_on_ = 0;   // files before it are handed on
  std::size_t finished_ = 0;    // files before it are finished
  std::deque<Item> in_flight_;  // handed_on_ <= file < next_
  std::vector<Crop> waiting_;   // for the engine
  std::unordered_map<std::string, std::shared_ptr<EmbeddedContent>> contents_;  // in flight, by pixel hash
  bool handing_on_ = false;
};

}  // namespace clipcluster::internal
