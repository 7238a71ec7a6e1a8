#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <utility>

#include "clipcluster/images.h"
#include "images/failure.h"
#include "images/file_problem.h"

namespace clipcluster {
namespace {

class FileDescriptor {
 public:
  // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
  explicit FileDescriptor(const std::string& path)
      : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~FileDescriptor() {
    if (number_ >= 0) close(number_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

using Bytes = std::vector<std::uint8_t>;

std::variant<Bytes, DecodeFailure> read_all(int file, std::uint64_t size, const std::string& path) {
  Bytes bytes(size);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = read(file, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_problem(path, errno);
    if (count == 0) break;  // it became shorter meanwhile
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace

std::variant<Bytes, DecodeFailure> read_image_file(const std::string& path, const DecodeOptions& options) {
  const FileDescriptor file(path);
  struct stat facts {};
  if (file.number() < 0 || fstat(file.number(), &facts) != 0) return file_problem(path, errno);
  if (!S_ISREG(facts.st_mode)) return not_a_regular_file(facts.st_mode);
  const std::uint64_t size = static_cast<std::uint64_t>(facts.st_size);
  if (size == 0) return DecodeFailure{SkipReason::empty, "The file is empty."};
  if (size > options.max_bytes) {
    return DecodeFailure{SkipReason::too_large,
                         fmt::format("The file has {} bytes; the limit is {}.", size, options.max_bytes)};
  }
  try {
    return read_all(file.number(), size, path);
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
}

}  // namespace clipcluster
