// Canon CR3 (github.com/lclevy/canon_cr3): boxes of an ISO media file. The preview lies in one of Canon's
// own boxes at the top, the orientation in another inside "moov".
#include <algorithm>
#include <optional>
#include <string_view>

#include "images/bytes.h"
#include "images/orientation.h"
#include "images/raw_preview.h"

namespace clipcluster {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kPreviewBox =
    "\xea\xf4\x2b\x5e\x1c\x98\x4b\x88\xb9\xfb\xb7\xdc\x40\x6e\x4d\x16"sv;
constexpr std::string_view kMetadataBox =
    "\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48"sv;

struct Box {
  std::span<const std::uint8_t> content;  // behind the header, and behind the name of a "uuid" box
  bool cut = false;                       // longer than the file
};

// The first box of this kind; a "uuid" box is named by 16 bytes.
std::optional<Box> find_box(std::span<const std::uint8_t> boxes, std::string_view name) {
  const ByteReader reader(boxes, true);
  const bool named = name.size() == 16;
  for (std::uint64_t at = 0; reader.has(at, 8);) {
    std::uint64_t bytes = reader.u32(at);
    std::uint64_t header = 8;
    if (bytes == 1) {
      bytes = reader.u64(at + 8);
      header = 16;
    } else if (bytes == 0) {
      bytes = reader.size() - at;
    }
    if (bytes < header) return std::nullopt;
    const bool wanted = named ? reader.matches(at + 4, "uuid") && reader.matches(at + header, name)
                              : reader.matches(at + 4, name);
    if (named) header += name.size();
    if (wanted && bytes >= header) {
      return Box{reader.part(at + header, bytes - header), !reader.has(at, bytes)};
    }
    if (!reader.has(at, bytes)) return std::nullopt;
    at += bytes;
  }
  return std::nullopt;
}

void add_preview(const Box& holder, RawPreviews& found) {
  // Eight bytes of unknown meaning come before the boxes inside.
  constexpr std::size_t kBefore = 8;
  constexpr std::uint64_t kBytesAt = 12;
  constexpr std::uint64_t kJpegAt = 16;
  const auto inside = holder.content.subspan(std::min(kBefore, holder.content.size()));
  const std::optional<Box> preview = find_box(inside, "PRVW");
  if (!preview) {
    found.beyond_end = holder.cut;
    return;
  }
  const ByteReader reader(preview->content, true);
  const std::uint64_t bytes = reader.u32(kBytesAt);
  if (reader.has(kJpegAt, bytes)) {
    found.parts.push_back(reader.part(kJpegAt, bytes));
  } else {
    found.beyond_end = true;
  }
}

int orientation_of(std::span<const std::uint8_t> file) {
  const std::optional<Box> movie = find_box(file, "moov");
  if (!movie) return 0;
  const std::optional<Box> metadata = find_box(movie->content, kMetadataBox);
  if (!metadata) return 0;
  const std::optional<Box> exif = find_box(metadata->content, "CMT1");
  return exif ? read_exif_orientation(exif->content) : 0;
}

}  // namespace

RawPreviews list_cr3_previews(std::span<const std::uint8_t> file) {
  RawPreviews found;
  found.orientation = orientation_of(file);
  if (const std::optional<Box> holder = find_box(file, kPreviewBox)) {
    add_preview(*holder, found);
  } else {
    // The preview stands before the sensor's data: without either, the file was cut.
    found.beyond_end = !find_box(file, "mdat");
  }
  return found;
}

}  // namespace clipcluster
