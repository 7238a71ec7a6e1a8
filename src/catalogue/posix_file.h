// Files that grow in place. (Files that are replaced as a whole: array_files.h.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "clipcluster/status.h"

namespace clipcluster::internal {

// An open file. Thread-safe for reading.
class PosixFile {
 public:
  enum class Mode { read, write };  // write: created when missing
  static Result<PosixFile> open(const std::string& path, Mode mode);

  PosixFile(PosixFile&& other) noexcept;
  PosixFile& operator=(PosixFile&& other) noexcept;
  ~PosixFile();

  const std::string& path() const { return path_; }
  Result<std::uint64_t> size() const;
  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  // Fewer bytes than asked for only at the end of the file.
  Result<std::vector<std::uint8_t>> read_at(std::uint64_t offset, std::size_t count) const;
  Status sync();  // data and length are on the disk when this returns
  Status truncate(std::uint64_t size);
  // The first `bytes` of the file, read-only; stays valid when the file is closed or unlinked.
  Result<std::shared_ptr<const void>> map(std::size_t bytes) const;

 private:
  PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  int descriptor_ = -1;
  std::string path_;
};

// Makes the names in `folder` durable.
Status sync_folder(const std::string& folder);

}  // namespace clipcluster::internal
