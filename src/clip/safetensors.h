// One .safetensors file: an 8-byte little-endian header length, a JSON header, then the tensors'
// bytes without gaps. https://github.com/huggingface/safetensors
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "clipcluster/status.h"

namespace clipcluster::clip {

struct TensorInfo {
  std::string dtype;                // as the file names it: "F32", "F16", "BF16", "I64", ...
  std::vector<std::int64_t> shape;  // empty for a scalar
  std::span<const std::byte> bytes;
};

std::string shape_text(std::span<const std::int64_t> shape);  // "[768, 3, 32, 32]"

class SafetensorsFile {
 public:
  // Checks the header, every offset, that tensors neither overlap nor leave gaps, and that each has
  // as many bytes as its shape and dtype say.
  static Result<SafetensorsFile> open(const std::string& path);

  const std::string& path() const { return path_; }
  std::span<const std::byte> bytes() const { return file_->bytes(); }
  // Views into the mapped file; they live as long as this object.
  const std::map<std::string, TensorInfo>& tensors() const { return tensors_; }

 private:
  SafetensorsFile(std::string path, std::shared_ptr<const internal::MappedFile> file)
      : path_(std::move(path)), file_(std::move(file)) {}
  Status read_header();
  Status check_layout(std::size_t data_bytes) const;

  std::string path_;
  std::shared_ptr<const internal::MappedFile> file_;
  std::map<std::string, TensorInfo> tensors_;
};

}  // namespace clipcluster::clip
