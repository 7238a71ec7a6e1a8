#include <fmt/format.h>

#include <cerrno>
#include <new>

#include "clipcluster/images.h"
#include "images/archive/archive.h"
#include "images/failure.h"
#include "images/file_problem.h"

namespace clipcluster {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::variant<Bytes, DecodeFailure> read_file(const std::string& path, const DecodeOptions& options) {
  const OpenFile file(path);
  // Behind a file there is nothing for the system; it may be an archive.
  if (file.error() == ENOTDIR || file.error() == ENAMETOOLONG) {
    if (const auto member = split_member_path(path)) return read_member_file(*member, options.max_bytes);
  }
  if (file.error() != 0) return file_problem(path, file.error());
  if (!file.is_regular()) return not_a_regular_file(file.facts().st_mode);
  if (file.size() == 0) return DecodeFailure{SkipReason::empty, "The file is empty."};
  if (file.size() > options.max_bytes) {
    return DecodeFailure{SkipReason::too_large, fmt::format("The file has {} bytes; the limit is {}.",
                                                            file.size(), options.max_bytes)};
  }
  Bytes bytes(file.size());
  const std::int64_t count = file.read(0, bytes);
  if (count < 0) return file_problem(path, errno);
  bytes.resize(static_cast<std::size_t>(count));  // it may have become shorter meanwhile
  return bytes;
}

}  // namespace

std::variant<Bytes, DecodeFailure> read_image_file(const std::string& path, const DecodeOptions& options) {
  try {
    return read_file(path, options);
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
}

}  // namespace clipcluster
