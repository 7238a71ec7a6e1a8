// Reads files before they are needed, so that waiting for a disk or a network overlaps with computing.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "clipcluster/images.h"

namespace clipcluster::internal {

// The only threads of this library beside OpenMP's. They compute nothing: they sleep in open() and read(),
// which a thread of parallel_for must not do while there is something to multiply.
//
// Bounded: readers stay at most kFilesAhead files and kBytesAhead bytes in front of take(). A file that no
// reader has begun is read by take() itself, so that take() waits for no file but its own.
class ReadAhead {
 public:
  using File = std::variant<std::vector<std::uint8_t>, DecodeFailure>;

  static constexpr std::size_t kReaders = 8;
  static constexpr std::size_t kFilesAhead = 128;
  static constexpr std::uint64_t kBytesAhead = std::uint64_t{64} << 20;
  // Larger ones are left to take(), so that all readers together cannot hold much more than kBytesAhead.
  static constexpr std::uint64_t kLargestFile = std::uint64_t{32} << 20;

  // What read_image_file does; another one in tests. Called from several threads at once.
  using Read = std::variant<std::vector<std::uint8_t>, DecodeFailure> (*)(const std::string& path,
                                                                          const DecodeOptions& options);

  // `paths` must outlive this.
  ReadAhead(std::span<const std::string> paths, const DecodeOptions& options,
            Read read_file = read_image_file);
  // Waits for the reads under way.
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // The content of paths[index]. Once for each index, in about ascending order, from any threads.
  File take(std::size_t index);

 private:
  enum class State : std::uint8_t { waiting, reading, read, taken };

  void start_readers();
  void run_reader();
  bool may_read() const;
  // Of the next file; false when there is none.
  bool find_next();
  // Releases the lock while it reads.
  void read_next(std::unique_lock<std::mutex>& lock);
  File read(std::size_t index) const;

  const std::span<const std::string> paths_;
  const DecodeOptions options_;
  const Read read_file_;

  std::mutex mutex_;
  std::condition_variable was_taken_;
  std::condition_variable was_read_;
  std::vector<State> states_;
  std::map<std::size_t, File> files_;  // read and not taken
  std::uint64_t bytes_held_ = 0;
  std::size_t next_ = 0;         // no reader begins a file before it
  std::size_t taken_until_ = 0;  // one past the last file taken
  bool stopped_ = false;
  std::vector<std::thread> readers_;
};

}  // namespace clipcluster::internal
