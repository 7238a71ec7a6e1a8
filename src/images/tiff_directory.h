// One directory of a TIFF file, or of a block built like one (TIFF 6.0, section 2; BigTIFF has 64-bit
// offsets). Nothing is trusted: what lies beyond the end reads as absent or 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "images/bytes.h"

namespace clipcluster {

struct TiffField {
  std::uint64_t at = 0;  // of the first value
  std::uint64_t count = 0;
  std::size_t bytes = 0;  // of one value
};

class TiffDirectory {
 public:
  // The first directory of `file`, which begins with the byte-order mark.
  explicit TiffDirectory(std::span<const std::uint8_t> file);
  // The directory at `at`; offsets count from the beginning of `reader`'s bytes.
  TiffDirectory(const ByteReader& reader, std::uint64_t at, bool big = false);

  bool complete() const { return entries_ > 0 && reader_.has(start_, entries_ * entry_bytes()); }
  // count 0 when there is no such field.
  TiffField find(std::uint16_t tag) const;
  // 0 beyond the field's last value.
  std::uint64_t value(const TiffField& field, std::uint64_t index) const;
  std::uint64_t first_value(std::uint16_t tag, std::uint64_t fallback) const;
  // Every strip or tile lies inside the file.
  bool has_data(std::uint16_t offsets_tag, std::uint16_t counts_tag) const;
  // Where the next directory lies; 0 after the last.
  std::uint64_t next() const;

  const ByteReader& reader() const { return reader_; }

 private:
  std::uint64_t entry_bytes() const { return big_ ? 20 : 12; }
  TiffField field_at(std::uint64_t at) const;

  ByteReader reader_;
  bool big_ = false;
  std::uint64_t start_ = 0;
  std::uint64_t entries_ = 0;
};

}  // namespace clipcluster
