#include "images/archive/open_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

namespace clipcluster {

OpenFile::OpenFile(const std::string& path)
    : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
  if (number_ < 0 || fstat(number_, &facts_) != 0) error_ = errno;
}

OpenFile::~OpenFile() {
  if (number_ >= 0) close(number_);
}

std::int64_t OpenFile::read(std::uint64_t at, std::span<std::uint8_t> bytes) const {
  constexpr auto last = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
  std::size_t done = 0;
  while (done < bytes.size() && at + done < last) {
    const ssize_t count =
        pread(number_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(at + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return static_cast<std::int64_t>(done);
}

bool OpenFile::read_all(std::uint64_t at, std::span<std::uint8_t> bytes) const {
  return read(at, bytes) == static_cast<std::int64_t>(bytes.size());
}

std::int64_t modified_ns(const struct stat& facts) {
  return static_cast<std::int64_t>(facts.st_mtim.tv_sec) * 1'000'000'000 + facts.st_mtim.tv_nsec;
}

}  // namespace clipcluster
