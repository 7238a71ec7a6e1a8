#include "images/tiff_directory.h"

#include <algorithm>

namespace clipcluster {
namespace {

// Widths of whole numbers: BYTE, UNDEFINED, SHORT, LONG, IFD, LONG8, IFD8. 0 for all other types.
std::size_t type_bytes(std::uint16_t type) {
  if (type == 1 || type == 7) return 1;
  if (type == 3) return 2;
  if (type == 4 || type == 13) return 4;
  if (type == 16 || type == 18) return 8;
  return 0;
}

bool is_big(const ByteReader& reader) { return reader.u16(2) == 43; }

std::uint64_t first_directory(const ByteReader& reader) {
  return is_big(reader) ? reader.u64(8) : reader.u32(4);
}

ByteReader reader_of(std::span<const std::uint8_t> file) {
  return ByteReader(file, !file.empty() && file[0] == 'M');
}

}  // namespace

TiffDirectory::TiffDirectory(std::span<const std::uint8_t> file)
    : TiffDirectory(reader_of(file), first_directory(reader_of(file)), is_big(reader_of(file))) {}

TiffDirectory::TiffDirectory(const ByteReader& reader, std::uint64_t at, bool big)
    : reader_(reader), big_(big), start_(at) {
  entries_ = big_ ? reader_.u64(start_) : reader_.u16(start_);
  start_ += big_ ? 8 : 2;
  entries_ = std::min<std::uint64_t>(entries_, reader_.size() / entry_bytes());
}

TiffField TiffDirectory::find(std::uint16_t tag) const {
  for (std::uint64_t i = 0; i < entries_; ++i) {
    const std::uint64_t at = start_ + i * entry_bytes();
    if (reader_.u16(at) == tag) return field_at(at);
  }
  return {};
}

std::uint64_t TiffDirectory::value(const TiffField& field, std::uint64_t index) const {
  return index < field.count ? reader_.number(field.at + index * field.bytes, field.bytes) : 0;
}

std::uint64_t TiffDirectory::first_value(std::uint16_t tag, std::uint64_t fallback) const {
  const TiffField field = find(tag);
  return field.count == 0 ? fallback : value(field, 0);
}

bool TiffDirectory::has_data(std::uint16_t offsets_tag, std::uint16_t counts_tag) const {
  const TiffField offsets = find(offsets_tag);
  const TiffField counts = find(counts_tag);
  if (!reader_.has(offsets.at, offsets.count * offsets.bytes)) return false;
  for (std::uint64_t i = 0; i < std::min(offsets.count, counts.count); ++i) {
    if (!reader_.has(value(offsets, i), value(counts, i))) return false;
  }
  return true;
}

std::uint64_t TiffDirectory::next() const {
  const std::uint64_t at = start_ + entries_ * entry_bytes();
  return big_ ? reader_.u64(at) : reader_.u32(at);
}

TiffField TiffDirectory::field_at(std::uint64_t at) const {
  TiffField field;
  field.bytes = type_bytes(reader_.u16(at + 2));
  const std::uint64_t count = big_ ? reader_.u64(at + 4) : reader_.u32(at + 4);
  field.count = field.bytes == 0 ? 0 : std::min<std::uint64_t>(count, reader_.size());
  field.at = at + (big_ ? 12 : 8);
  const std::uint64_t inside = big_ ? 8 : 4;
  if (field.count * field.bytes > inside) field.at = big_ ? reader_.u64(field.at) : reader_.u32(field.at);
  return field;
}

}  // namespace clipcluster
