// One index for each archive, shared by all that read it.
#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "images/archive/archive.h"
#include "images/file_problem.h"

namespace clipcluster {
namespace {

// Thousands of shards need not all be remembered: they are read one after another.
constexpr std::size_t kMostMemory = std::size_t{512} << 20;

bool same_content(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         modified_ns(a) == modified_ns(b);
}

class ArchiveCache {
 public:
  SharedIndex get(const std::string& path, const struct stat& facts) {
    const std::lock_guard lock(mutex_);
    const auto known = entries_.find(path);
    if (known == entries_.end() || !same_content(known->second.facts, facts)) return nullptr;
    known->second.used = ++clock_;
    return known->second.index;
  }

  void put(const std::string& path, const struct stat& facts, SharedIndex index) {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[path];
    if (entry.index) memory_ -= entry.index->memory();
    memory_ += index->memory();
    entry = {std::move(index), facts, ++clock_};
    while (memory_ > kMostMemory && entries_.size() > 1) forget_oldest();
  }

  // Held while an index is made, so that threads which need the same one make it once.
  std::mutex& making() { return making_; }

 private:
  struct Entry {
    SharedIndex index;
    struct stat facts {};
    std::uint64_t used = 0;
  };

  void forget_oldest() {
    const auto oldest =
        std::min_element(entries_.begin(), entries_.end(),
                         [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
    memory_ -= oldest->second.index->memory();
    entries_.erase(oldest);
  }

  std::mutex mutex_;
  std::mutex making_;
  std::unordered_map<std::string, Entry> entries_;
  std::size_t memory_ = 0;
  std::uint64_t clock_ = 0;
};

ArchiveCache& cache() {
  static ArchiveCache shared;
  return shared;
}

}  // namespace

std::variant<SharedIndex, DecodeFailure> archive_index(const std::string& path, const OpenFile& file,
                                                       Progress& progress) {
  if (SharedIndex known = cache().get(path, file.facts())) return known;
  const std::lock_guard making(cache().making());
  if (SharedIndex known = cache().get(path, file.facts())) return known;
  const std::optional<ArchiveFormat> format = archive_format(file);
  if (!format) return DecodeFailure{SkipReason::not_an_image, "This is neither an archive nor an image."};
  auto index = std::make_shared<const ArchiveIndex>(
      *format == ArchiveFormat::zip ? make_zip_index(file, progress) : make_tar_index(file, progress));
  if (!progress.cancelled()) cache().put(path, file.facts(), index);
  return index;
}

}  // namespace clipcluster
