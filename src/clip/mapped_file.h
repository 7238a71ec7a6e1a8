// A whole file in memory, read-only, paged in by the operating system as it is touched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "clipcluster/status.h"

namespace clipcluster::clip {

class MappedFile {
 public:
  static Result<MappedFile> open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::uint8_t> bytes() const { return {data_, size_}; }

 private:
  MappedFile(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace clipcluster::clip
