#include "pipeline/read_ahead.h"

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <new>
#include <optional>
#include <system_error>
#include <utility>

namespace clipcluster::internal {
namespace {

std::uint64_t bytes_of(const ReadAhead::File& file) {
  const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&file);
  return bytes == nullptr ? 0 : bytes->size();
}

// Ctrl-C is for the thread that may be waiting on standard input, not for a reader. Threads inherit what
// is blocked when they are made.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_ = {};
};

// Of something that is no plain file (a member of an archive): 0.
bool is_large(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  return !error && size > ReadAhead::kLargestFile;
}

}  // namespace

ReadAhead::ReadAhead(std::span<const std::string> paths, const DecodeOptions& options, Read read_file)
    : paths_(paths), options_(options), read_file_(read_file), states_(paths.size(), State::waiting) {
  start_readers();
}

ReadAhead::~ReadAhead() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  was_taken_.notify_all();
  for (std::thread& reader : readers_) reader.join();
}

// Fewer, or none, where the system gives no more threads: take() reads what nobody has read.
void ReadAhead::start_readers() {
  const SignalsBlocked blocked;
  try {
    while (readers_.size() < kReaders && readers_.size() + 1 < paths_.size()) {
      readers_.emplace_back([this] { run_reader(); });
    }
  } catch (const std::system_error&) {
  } catch (const std::bad_alloc&) {
  }
}

bool ReadAhead::find_next() {
  while (next_ < states_.size() && states_[next_] != State::waiting) ++next_;
  return next_ < states_.size();
}

bool ReadAhead::may_read() const { return next_ < taken_until_ + kFilesAhead && bytes_held_ < kBytesAhead; }

void ReadAhead::run_reader() {
  std::unique_lock lock(mutex_);
  while (!stopped_ && find_next()) {
    if (may_read()) {
      read_next(lock);
    } else {
      was_taken_.wait(lock);
    }
  }
}

void ReadAhead::read_next(std::unique_lock<std::mutex>& lock) {
  const std::size_t index = next_;
  states_[index] = State::reading;
  lock.unlock();
  std::optional<File> file;
  try {
    if (!is_large(paths_[index])) file = read(index);
  } catch (const std::bad_alloc&) {
    file.reset();  // take() will see whether there is more memory then
  }
  lock.lock();
  states_[index] = State::read;
  if (file) {
    bytes_held_ += bytes_of(*file);
    files_.emplace(index, std::move(*file));
  }
  was_read_.notify_all();
}

ReadAhead::File ReadAhead::read(std::size_t index) const { return read_file_(paths_[index], options_); }

ReadAhead::File ReadAhead::take(std::size_t index) {
  std::unique_lock lock(mutex_);
  taken_until_ = std::max(taken_until_, index + 1);
  was_read_.wait(lock, [&] { return states_[index] != State::reading; });
  states_[index] = State::taken;
  const auto found = files_.find(index);
  std::optional<File> file;
  if (found != files_.end()) {
    file = std::move(found->second);
    files_.erase(found);
    bytes_held_ -= bytes_of(*file);
  }
  lock.unlock();
  was_taken_.notify_one();
  return file ? std::move(*file) : read(index);
}

}  // namespace clipcluster::internal
