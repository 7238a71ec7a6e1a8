// Camera raw files: small ones are put together here the way each maker does it, with a JPEG inside.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "clipcluster/images.h"
#include "images/noise.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using namespace std::string_view_literals;
using testing::noise;
using Bytes = std::vector<std::uint8_t>;

Bytes preview(int width, int height) { return encode_jpeg(noise(width, height), 90).value(); }

enum Type : std::uint16_t { kByte = 1, kShort = 3, kLong = 4, kUndefined = 7, kIfd = 13 };

struct Entry {
  std::uint16_t tag;
  Type type;
  std::uint32_t count;
  std::uint32_t value;  // or where the values lie
};

// A file built from its beginning on; every put returns where it was put.
class Maker {
 public:
  explicit Maker(bool big_endian = false) : big_endian_(big_endian) {}

  std::uint32_t text(std::string_view text) { return append(Bytes(text.begin(), text.end())); }
  std::uint32_t append(const Bytes& more) {
    const auto at = static_cast<std::uint32_t>(bytes.size());
    bytes.insert(bytes.end(), more.begin(), more.end());
    return at;
  }
  std::uint32_t number(std::uint64_t value, int width) {
    Bytes digits;
    for (int i = 0; i < width; ++i) {
      digits.push_back(static_cast<std::uint8_t>(value >> (8 * (big_endian_ ? width - 1 - i : i))));
    }
    return append(digits);
  }
  void set_long(std::uint32_t at, std::uint32_t value) {
    Maker patch(big_endian_);
    patch.number(value, 4);
    std::copy(patch.bytes.begin(), patch.bytes.end(), bytes.begin() + at);
  }
  std::uint32_t directory(const std::vector<Entry>& entries, std::uint32_t next = 0) {
    const std::uint32_t at = number(entries.size(), 2);
    for (const Entry& entry : entries) {
      number(entry.tag, 2);
      number(entry.type, 2);
      number(entry.count, 4);
      const bool short_value = entry.type == kShort && entry.count == 1;
      number(entry.value, short_value ? 2 : 4);
      if (short_value) number(0, 2);
    }
    number(next, 4);
    return at;
  }
  // Byte order, magic number and room for the first directory's place.
  void header(std::string_view start) {
    text(start);
    number(0, 4);
  }

  Bytes bytes;

 private:
  bool big_endian_;
};

constexpr std::uint16_t kCompression = 259, kPhotometric = 262, kStrips = 273, kOrientation = 274,
                        kStripBytes = 279, kSubDirectories = 330, kJpegAt = 513, kJpegBytes = 514;
constexpr std::uint32_t kMosaic = 32803;

Entry at(std::uint16_t tag, std::uint32_t value) { return {tag, kLong, 1, value}; }

std::uint32_t size_of(const Bytes& bytes) { return static_cast<std::uint32_t>(bytes.size()); }

// Canon: the first directory is the preview, as one strip of "old" JPEG.
Bytes cr2(const Bytes& jpeg, std::uint16_t orientation) {
  Maker maker;
  maker.text("II*\0\x10\0\0\0CR\2\0\0\0\0\0"sv);
  const std::uint32_t first = 16;
  const std::uint32_t jpeg_at = first + 2 + 4 * 12 + 4;
  maker.directory({{kCompression, kShort, 1, 6},
                   at(kStrips, jpeg_at),
                   {kOrientation, kShort, 1, orientation},
                   at(kStripBytes, size_of(jpeg))});
  maker.append(jpeg);
  return maker.bytes;
}

// Nikon: a small bare picture first; the preview and the mosaic in sub-directories. Big-endian.
Bytes nef(const Bytes& jpeg, std::uint16_t orientation) {
  Maker maker(true);
  maker.header("MM\0*"sv);
  const std::uint32_t jpeg_at = maker.append(jpeg);
  const std::uint32_t with_preview = maker.directory({at(kJpegAt, jpeg_at), at(kJpegBytes, size_of(jpeg))});
  const std::uint32_t sensor = maker.directory({{kPhotometric, kShort, 1, kMosaic}, at(kStrips, 8)});
  const std::uint32_t list = maker.number(with_preview, 4);
  maker.number(sensor, 4);
  maker.set_long(4, maker.directory({{kPhotometric, kShort, 1, 2},
                                     {kOrientation, kShort, 1, orientation},
                                     {kSubDirectories, kLong, 2, list}}));
  return maker.bytes;
}

// Pentax: the mosaic first, the preview in a later directory of the chain.
Bytes pef(const Bytes& jpeg, std::uint16_t orientation) {
  Maker maker;
  maker.header("II*\0"sv);
  const std::uint32_t jpeg_at = maker.append(jpeg);
  const std::uint32_t last = maker.directory({at(kJpegAt, jpeg_at), at(kJpegBytes, size_of(jpeg))});
  const std::uint32_t middle = maker.directory({at(kJpegAt, 0), at(kJpegBytes, 0)}, last);
  maker.set_long(
      4, maker.directory({{kPhotometric, kShort, 1, kMosaic}, {kOrientation, kShort, 1, orientation}},
                         middle));
  return maker.bytes;
}

// Adobe: told by its version field; a preview of new-style JPEG in one strip.
Bytes dng(const Bytes& jpeg, std::uint16_t orientation) {
  Maker maker;
  maker.header("II*\0"sv);
  const std::uint32_t jpeg_at = maker.append(jpeg);
  const std::uint32_t with_preview =
      maker.directory({{kCompression, kShort, 1, 7}, at(kStrips, jpeg_at), at(kStripBytes, size_of(jpeg))});
  maker.set_long(4, maker.directory({{kOrientation, kShort, 1, orientation},
                                     {kSubDirectories, kIfd, 1, with_preview},
                                     {50706, kByte, 4, 0x00000401}}));
  return maker.bytes;
}

// Olympus: in the maker's notes, whose offsets count from the notes.
Bytes orf(const Bytes& jpeg, std::uint16_t orientation) {
  Maker notes;
  notes.text("OLYMPUS\0II\3\0"sv);
  const std::uint32_t settings_at = 12 + 2 + 12 + 4;
  notes.directory({{0x2020, kIfd, 1, settings_at}});
  notes.directory({at(0x101, settings_at + 2 + 2 * 12 + 4), at(0x102, size_of(jpeg))});
  notes.append(jpeg);
  Maker maker;
  maker.header("IIRO"sv);
  const std::uint32_t notes_at = maker.append(notes.bytes);
  const std::uint32_t exif = maker.directory({{37500, kUndefined, size_of(notes.bytes), notes_at}});
  maker.set_long(4, maker.directory({{kOrientation, kShort, 1, orientation}, at(34665, exif)}));
  return maker.bytes;
}

Bytes rw2(const Bytes& jpeg, std::uint16_t orientation) {
  Maker maker;
  maker.header("IIU\0"sv);
  const std::uint32_t jpeg_at = maker.append(jpeg);
  maker.set_long(4, maker.directory({{0x2E, kUndefined, size_of(jpeg), jpeg_at},
                                     {kOrientation, kShort, 1, orientation}}));
  return maker.bytes;
}

// Fujifilm: fixed places; the turn is in the JPEG's own EXIF, of which this one has none.
Bytes raf(const Bytes& jpeg, std::uint16_t) {
  Maker maker(true);
  maker.text("FUJIFILMCCD-RAW 0201"sv);
  maker.bytes.resize(84);
  maker.number(92, 4);
  maker.number(jpeg.size(), 4);
  maker.append(jpeg);
  return maker.bytes;
}

Bytes box(std::string_view name, const Bytes& content) {
  Maker maker(true);
  maker.number(content.size() + 8, 4);
  maker.text(name);
  maker.append(content);
  return maker.bytes;
}

Bytes cr3(const Bytes& jpeg, std::uint16_t orientation) {
  Maker exif;
  exif.header("II*\0"sv);
  exif.set_long(4, exif.directory({{kOrientation, kShort, 1, orientation}}));
  Maker metadata;
  metadata.text("\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48"sv);
  metadata.append(box("CMT1", exif.bytes));
  Maker inside(true);
  for (int i = 0; i < 6; ++i) inside.number(0, 2);
  inside.number(jpeg.size(), 4);
  inside.append(jpeg);
  Maker holder;
  holder.text("\xea\xf4\x2b\x5e\x1c\x98\x4b\x88\xb9\xfb\xb7\xdc\x40\x6e\x4d\x16"sv);
  holder.text("\0\0\0\0\0\0\0\1"sv);
  holder.append(box("PRVW", inside.bytes));
  Maker maker;
  maker.append(box("ftyp", {'c', 'r', 'x', ' ', 0, 0, 0, 1, 'c', 'r', 'x', ' '}));
  maker.append(box("moov", box("uuid", metadata.bytes)));
  maker.append(box("uuid", holder.bytes));
  maker.append(box("mdat", Bytes(50)));
  return maker.bytes;
}

struct Kind {
  const char* name;
  Bytes (*make)(const Bytes& jpeg, std::uint16_t orientation);
  bool has_orientation = true;
};

class RawFile : public ::testing::TestWithParam<Kind> {};

TEST_P(RawFile, ShowsItsPreviewUpright) {
  const Bytes jpeg = preview(48, 32);
  const DecodeResult plain = decode_image(jpeg);
  const DecodeResult result = decode_image(GetParam().make(jpeg, 1));
  ASSERT_EQ(result.index(), 0U) << std::get<DecodeFailure>(result).message;
  EXPECT_EQ(std::get<DecodedImage>(result).format, "raw");
  EXPECT_EQ(std::get<DecodedImage>(result).image.rgb, std::get<DecodedImage>(plain).image.rgb);
  const DecodeResult turned = decode_image(GetParam().make(jpeg, 6));
  ASSERT_EQ(turned.index(), 0U);
  EXPECT_EQ(std::get<DecodedImage>(turned).stored_width, 48);
  EXPECT_EQ(std::get<DecodedImage>(turned).image.width, GetParam().has_orientation ? 32 : 48);
}

TEST_P(RawFile, WithoutAPreviewIsRefusedByName) {
  Bytes lossless = preview(48, 32);
  for (std::size_t i = 0; i + 1 < lossless.size(); ++i) {
    if (lossless[i] == 0xFF && lossless[i + 1] == 0xC0) lossless[i + 1] = 0xC3;
  }
  const DecodeResult result = decode_image(GetParam().make(lossless, 1));
  ASSERT_EQ(result.index(), 1U);
  EXPECT_EQ(std::get<DecodeFailure>(result).reason, SkipReason::unsupported_format);
  EXPECT_NE(std::get<DecodeFailure>(result).message.find("no JPEG preview"), std::string::npos);
}

TEST_P(RawFile, KeepsToTheLimits) {
  DecodeOptions options;
  options.max_pixels = 48 * 32 - 1;
  const DecodeResult result = decode_image(GetParam().make(preview(48, 32), 1), options);
  ASSERT_EQ(result.index(), 1U);
  EXPECT_EQ(std::get<DecodeFailure>(result).reason, SkipReason::too_large);
  options = {};
  options.fast_decode_side = 8;
  const DecodeResult fast = decode_image(GetParam().make(preview(48, 32), 1), options);
  ASSERT_EQ(fast.index(), 0U);
  EXPECT_EQ(std::get<DecodedImage>(fast).image.height, 16);
}

// Cut anywhere it has a reason or a whole picture; damaged anywhere it does not crash.
TEST_P(RawFile, StandsDamage) {
  const Bytes whole = GetParam().make(preview(48, 32), 6);
  for (std::size_t size = 1; size < whole.size(); size += 7) {
    const DecodeResult result =
        decode_image(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    if (result.index() == 0) continue;
    const SkipReason reason = std::get<DecodeFailure>(result).reason;
    EXPECT_TRUE(reason == SkipReason::truncated || size < 120) << size << skip_reason_name(reason);
  }
  std::uint32_t state = 1;
  for (int round = 0; round < 400; ++round) {
    Bytes file = whole;
    for (int i = 0; i < 3; ++i) {
      state = state * 1664525U + 1013904223U;
      file[(state >> 8) % std::min<std::size_t>(file.size(), 300)] = static_cast<std::uint8_t>(state >> 24);
    }
    DecodeOptions options;
    options.max_pixels = 1 << 16;
    const DecodeResult result = decode_image(file, options);
    if (result.index() == 0) {
      EXPECT_GT(std::get<DecodedImage>(result).image.width, 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, RawFile,
                         ::testing::Values(Kind{"cr2", cr2}, Kind{"nef", nef}, Kind{"pef", pef},
                                           Kind{"dng", dng}, Kind{"orf", orf}, Kind{"rw2", rw2},
                                           Kind{"raf", raf, false}, Kind{"cr3", cr3}),
                         [](const auto& kind) { return kind.param.name; });

TEST(RawPreview, IsTheLargestWithinTheLimit) {
  Maker maker;
  maker.header("II*\0"sv);
  std::uint32_t next = 0;
  for (const int side : {16, 40, 24}) {
    const Bytes jpeg = preview(side, side);
    const std::uint32_t jpeg_at = maker.append(jpeg);
    next =
        maker.directory({at(kJpegAt, jpeg_at), at(kJpegBytes, size_of(jpeg)), {50706, kByte, 4, 1}}, next);
  }
  maker.set_long(4, next);
  EXPECT_EQ(std::get<DecodedImage>(decode_image(maker.bytes)).image.width, 40);
  DecodeOptions options;
  options.max_pixels = 1000;
  EXPECT_EQ(std::get<DecodedImage>(decode_image(maker.bytes, options)).image.width, 24);
}

TEST(RawPreview, CirclesOfDirectoriesEnd) {
  Maker maker;
  maker.header("II*\0"sv);
  const std::uint32_t first = 8;
  maker.set_long(4, first);
  maker.directory({{kPhotometric, kShort, 1, kMosaic}, at(kSubDirectories, first)}, first);
  const DecodeResult result = decode_image(maker.bytes);
  ASSERT_EQ(result.index(), 1U);
  EXPECT_EQ(std::get<DecodeFailure>(result).reason, SkipReason::unsupported_format);
}

}  // namespace
}  // namespace clipcluster
