// The append-only file of embeddings: a header of 4,096 bytes, then rows of float32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "catalogue/posix_file.h"
#include "clipcluster/named_arrays.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

// A row counts only once the catalogue says so; rows beyond that are what a killed writer left.
class EmbeddingFile {
 public:
  static constexpr std::size_t kHeaderBytes = 4096;

  // Durable, header included, when this returns; what stood at `path` is gone.
  static Result<EmbeddingFile> create(const std::string& path, const EmbeddingSpace& space);
  // corrupt when the header is damaged or of another space.
  static Result<EmbeddingFile> open(const std::string& path, const EmbeddingSpace& space,
                                    PosixFile::Mode mode);

  const std::string& path() const { return file_.path(); }
  // Whole rows in the file, valid or not.
  Result<std::uint64_t> rows() const;
  // Bytes of float32 rows, from row `first` on. Durable after sync().
  Status write_rows(std::uint64_t first, std::span<const float> values);
  Status sync() { return file_.sync(); }
  // Removes everything after the first `rows` rows.
  Status keep_rows(std::uint64_t rows);
  // [rows, size]; there must be that many.
  Result<SharedMatrix<float>> map(std::uint64_t rows) const;

 private:
  EmbeddingFile(PosixFile file, std::size_t size) : file_(std::move(file)), size_(size) {}
  std::uint64_t offset_of(std::uint64_t row) const { return kHeaderBytes + row * size_ * sizeof(float); }

  PosixFile file_;
  std::size_t size_;
};

}  // namespace clipcluster::internal
