// A file open for reading at any place. Thread-safe: reading moves no shared position.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <span>
#include <string>

namespace clipcluster {

class OpenFile {
 public:
  // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
  explicit OpenFile(const std::string& path);
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  // 0, or errno of what failed.
  int error() const { return error_; }
  const struct stat& facts() const { return facts_; }
  bool is_regular() const { return error_ == 0 && S_ISREG(facts_.st_mode); }
  std::uint64_t size() const { return static_cast<std::uint64_t>(facts_.st_size); }
  int number() const { return number_; }

  // How many bytes were read: fewer than asked for at the end of the file. -1 with errno.
  std::int64_t read(std::uint64_t at, std::span<std::uint8_t> bytes) const;
  bool read_all(std::uint64_t at, std::span<std::uint8_t> bytes) const;

 private:
  int number_ = -1;
  int error_ = 0;
  struct stat facts_ {};
};

// Nanoseconds since 1970 at which the content changed.
std::int64_t modified_ns(const struct stat& facts);

}  // namespace clipcluster
