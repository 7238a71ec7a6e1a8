// Decoding of small files in every format and mode against Pillow (data/make_formats.py), refusals, and
// the promise that a picture is the same alone and in a crowd.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "clipcluster/images.h"
#include "clipcluster/parallel.h"
#include "images/noise.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using testing::checksum;
using testing::noise;
using Bytes = std::vector<std::uint8_t>;

std::string data_folder() { return std::string(CLIPCLUSTER_SOURCE_DIR) + "/tests/images/data/"; }

Bytes read_format(const std::string& name) {
  auto read = read_image_file(data_folder() + "formats/" + name);
  EXPECT_EQ(read.index(), 0U) << name;
  return std::get<Bytes>(std::move(read));
}

DecodedImage decode_good(const std::string& name) {
  DecodeResult result = decode_image(read_format(name));
  if (const auto* failure = std::get_if<DecodeFailure>(&result)) {
    ADD_FAILURE() << name << ": " << failure->message;
    return {};
  }
  return std::get<DecodedImage>(std::move(result));
}

DecodeFailure decode_bad(const Bytes& file, const DecodeOptions& options = {}) {
  const DecodeResult result = decode_image(file, options);
  if (const auto* failure = std::get_if<DecodeFailure>(&result)) return *failure;
  ADD_FAILURE() << "decoded";
  return {};
}

struct Recorded {
  std::string file, format;
  int stored_width, stored_height, width, height;
  std::uint32_t crc;
};

std::vector<Recorded> recorded_formats() {
  std::ifstream list(data_folder() + "formats.txt");
  std::vector<Recorded> all;
  Recorded one;
  while (list >> one.file >> one.format >> one.stored_width >> one.stored_height >> one.width >>
         one.height >> one.crc) {
    all.push_back(one);
  }
  return all;
}

TEST(DecodeImage, EqualsPillow) {
  const std::vector<Recorded> all = recorded_formats();
  EXPECT_GT(all.size(), 40U);
  for (const Recorded& one : all) {
    const DecodedImage decoded = decode_good(one.file);
    EXPECT_EQ(decoded.format, one.format) << one.file;
    EXPECT_EQ(decoded.stored_width, one.stored_width) << one.file;
    EXPECT_EQ(decoded.stored_height, one.stored_height) << one.file;
    EXPECT_EQ(decoded.image.width, one.width) << one.file;
    EXPECT_EQ(decoded.image.height, one.height) << one.file;
    // Little CMS rounds; the swapped profile has a test of its own.
    if (one.file == "swapped_profile.png") continue;
    EXPECT_EQ(checksum(decoded.image.rgb), one.crc) << one.file;
  }
}

// Grey, transparency, palettes and 16 bits, decoded and resized (data/make_modes.py).
TEST(DecodeImage, EveryModeEqualsPillowAfterTheResize) {
  std::ifstream list(data_folder() + "modes.txt");
  std::string name;
  int width, height, cases = 0;
  std::uint32_t crc;
  for (; list >> name >> width >> height >> crc; ++cases) {
    const Image resized = resize_bicubic(decode_good("../modes/" + name).image, width, height);
    EXPECT_EQ(checksum(resized.rgb), crc) << name << " to " << width << " x " << height;
  }
  EXPECT_EQ(cases, 52);
}

TEST(DecodeImage, IsTheSameOnAnyThread) {
  const std::vector<Recorded> all = recorded_formats();
  std::vector<std::string> alone;
  for (const Recorded& one : all) alone.push_back(hash_pixels(decode_good(one.file).image));
  for (const int threads : {1, 2, 4}) {
    set_thread_count(threads);
    std::vector<std::string> together(all.size());
    parallel_for(all.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) together[i] = hash_pixels(decode_good(all[i].file).image);
    });
    EXPECT_EQ(together, alone) << threads;
  }
  set_thread_count(0);
}

TEST(DecodeImage, AppliesColourProfiles) {
  const Bytes plain = decode_good("rgb.png").image.rgb;
  const Bytes swapped = decode_good("swapped_profile.png").image.rgb;
  ASSERT_EQ(swapped.size(), plain.size());
  for (std::size_t i = 0; i < plain.size(); i += 3) {
    EXPECT_NEAR(swapped[i], plain[i + 1], 2);
    EXPECT_NEAR(swapped[i + 1], plain[i], 2);
    EXPECT_NEAR(swapped[i + 2], plain[i + 2], 2);
  }
}

// sRGB itself must not move a bit, and a broken profile is as good as none.
TEST(DecodeImage, IgnoresProfilesThatChangeNothing) {
  Bytes plain = encode_jpeg(noise(8, 8), 90).value();
  EXPECT_EQ(decode_image(plain).index(), 0U);
  EXPECT_EQ(decode_good("srgb_profile.jpg").image.rgb, decode_good("broken_profile.jpg").image.rgb);
}

TEST(DecodeImage, TruncatedFilesHaveAReason) {
  for (const Recorded& one : recorded_formats()) {
    const Bytes whole = read_format(one.file);
    for (const std::size_t part : {1, 2, 3, 5, 6, 7}) {
      const Bytes file(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() * part / 8));
      const DecodeResult result = decode_image(file);
      // A palette or a later frame may be what is missing; then the picture is used.
      const auto* failure = std::get_if<DecodeFailure>(&result);
      if (one.format == "jpeg" || one.format == "png" || one.format == "bmp" || one.format == "webp") {
        ASSERT_NE(failure, nullptr) << one.file << " " << part;
        EXPECT_EQ(failure->reason, SkipReason::truncated) << one.file << " " << part << failure->message;
      }
    }
  }
}

TEST(DecodeImage, DamagedFilesNeverCrash) {
  for (const Recorded& one : recorded_formats()) {
    const Bytes whole = read_format(one.file);
    std::uint32_t state = 1;
    for (int round = 0; round < 20; ++round) {
      Bytes file = whole;
      for (int i = 0; i < 4; ++i) {
        state = state * 1664525U + 1013904223U;
        file[(state >> 8) % file.size()] = static_cast<std::uint8_t>(state >> 24);
      }
      DecodeOptions options;
      options.max_pixels = 1 << 20;
      const DecodeResult result = decode_image(file, options);
      if (const auto* decoded = std::get_if<DecodedImage>(&result)) {
        EXPECT_EQ(decoded->image.rgb.size(), std::size_t{3} * decoded->image.width * decoded->image.height);
      }
    }
  }
}

TEST(DecodeImage, RefusesByContent) {
  EXPECT_EQ(decode_bad({}).reason, SkipReason::empty);
  EXPECT_EQ(decode_bad({'h', 'e', 'l', 'l', 'o'}).reason, SkipReason::not_an_image);
  EXPECT_EQ(decode_bad({0}).reason, SkipReason::not_an_image);
  EXPECT_EQ(decode_bad({'8', 'B', 'P', 'S', 0, 1}).reason, SkipReason::unsupported_format);
  const DecodeFailure icon = decode_bad({0, 0, 1, 0, 1, 0});
  EXPECT_EQ(icon.reason, SkipReason::unsupported_format);
  EXPECT_NE(icon.message.find("icon"), std::string::npos);
}

TEST(DecodeImage, RefusesWhatIsTooLarge) {
  DecodeOptions few_pixels;
  few_pixels.max_pixels = 29 * 21 - 1;
  DecodeOptions few_bytes;
  few_bytes.max_bytes = 100;
  for (const Recorded& one : recorded_formats()) {
    EXPECT_EQ(decode_bad(read_format(one.file), few_pixels).reason, SkipReason::too_large) << one.file;
    EXPECT_EQ(decode_bad(read_format(one.file), few_bytes).reason, SkipReason::too_large) << one.file;
  }
  few_pixels.max_pixels = 29 * 21;
  EXPECT_EQ(decode_image(read_format("rgb.png"), few_pixels).index(), 0U);
}

// 40,000 x 40,000 pixels in 60 bytes, in the formats whose headers are read here.
TEST(DecodeImage, RefusesBombsByTheirHeaders) {
  Bytes bmp = read_format("rgb.bmp");
  bmp[18] = bmp[22] = 0x40;
  bmp[19] = bmp[23] = 0x9C;
  EXPECT_EQ(decode_bad(bmp).reason, SkipReason::too_large);
  Bytes gif = read_format("palette.gif");
  gif[7] = gif[9] = 0x9C;
  EXPECT_EQ(decode_bad(gif).reason, SkipReason::too_large);
  Bytes png = read_format("rgb.png");
  png[18] = png[22] = 0x9C;
  EXPECT_EQ(decode_bad(png).reason, SkipReason::too_large);
}

TEST(DecodeImage, ReadsBitmapsOfOtherKinds) {
  // 2 x 2 pixels of 16 bits with masks 4-4-4-4, the bottom row first.
  Bytes masks = {'B', 'M', 0, 0, 0, 0, 0, 0, 0, 0, 70, 0,  0, 0, 56, 0, 0,
                 0,   2,   0, 0, 0, 2, 0, 0, 0, 1, 0,  16, 0, 3, 0,  0, 0};
  masks.resize(70);
  masks[14 + 41] = 0x0F;                                                  // red 0x0F00
  masks[14 + 44] = 0xF0;                                                  // green 0x00F0
  masks[14 + 48] = 0x0F;                                                  // blue 0x000F
  masks[14 + 53] = 0xF0;                                                  // alpha 0xF000
  const Bytes pixels = {0x00, 0xFF, 0xF0, 0xF0, 0x0F, 0xFF, 0x00, 0x00};  // red, green / magenta, clear
  masks.insert(masks.end(), pixels.begin(), pixels.end());
  const DecodeResult result = decode_image(masks);
  ASSERT_EQ(result.index(), 0U) << std::get<DecodeFailure>(result).message;
  const Bytes wanted = {255, 0, 255, 255, 255, 255, 255, 0, 0, 0, 255, 0};
  EXPECT_EQ(std::get<DecodedImage>(result).image.rgb, wanted);

  // 3 x 2 pixels of 8 bits, run-length coded: two of colour 1, end of line, three literal ones.
  Bytes runs = {'B', 'M', 0, 0, 0, 0, 0, 0, 0, 0, 62, 0, 0, 0, 40, 0, 0,
                0,   3,   0, 0, 0, 2, 0, 0, 0, 1, 0,  8, 0, 1, 0,  0, 0};
  runs.resize(54);
  runs[46] = 2;  // two colours
  const Bytes rest = {0, 0, 0, 0, 30, 20, 10, 0, 2, 1, 0, 0, 0, 3, 1, 0, 1, 0, 0, 1};
  runs.insert(runs.end(), rest.begin(), rest.end());
  const DecodeResult coded = decode_image(runs);
  ASSERT_EQ(coded.index(), 0U) << std::get<DecodeFailure>(coded).message;
  const Bytes rows = {10, 20, 30, 0, 0, 0, 10, 20, 30, 10, 20, 30, 10, 20, 30, 0, 0, 0};
  EXPECT_EQ(std::get<DecodedImage>(coded).image.rgb, rows);
}

// A progressive JPEG may repeat a refinement scan thousands of times; each costs a pass over the picture.
TEST(DecodeImage, RefusesJpegsOfEndlessScans) {
  const Bytes file = read_format("progressive.jpg");
  // The last scan, from its marker (FF DA) to the end marker.
  std::size_t scan = 0;
  for (std::size_t i = 0; i + 1 < file.size(); ++i) {
    if (file[i] == 0xFF && file[i + 1] == 0xDA) scan = i;
  }
  Bytes bomb(file.begin(), file.end() - 2);
  for (int i = 0; i < 2000; ++i)
    bomb.insert(bomb.end(), file.begin() + static_cast<std::ptrdiff_t>(scan), file.end() - 2);
  bomb.insert(bomb.end(), file.end() - 2, file.end());
  EXPECT_EQ(decode_bad(bomb).reason, SkipReason::corrupt);
}

// 1/2, 1/4 and 1/8, never below twice the side asked for; the file's size is reported unchanged.
TEST(DecodeImage, FastDecodeKeepsTwiceTheSide) {
  const Image whole = noise(513, 400);
  const Bytes file = encode_jpeg(whole, 90).value();
  struct Case {
    int side, width, height;
  };
  for (const Case& one : {Case{0, 513, 400}, Case{101, 513, 400}, Case{100, 257, 200}, Case{50, 129, 100},
                          Case{51, 257, 200}, Case{25, 65, 50}, Case{1, 65, 50}}) {
    DecodeOptions options;
    options.fast_decode_side = one.side;
    const DecodeResult result = decode_image(file, options);
    ASSERT_EQ(result.index(), 0U);
    const DecodedImage& decoded = std::get<DecodedImage>(result);
    EXPECT_EQ(decoded.image.width, one.width) << one.side;
    EXPECT_EQ(decoded.image.height, one.height) << one.side;
    EXPECT_EQ(decoded.image.rgb.size(), std::size_t{3} * one.width * one.height);
    EXPECT_EQ(decoded.stored_width, 513);
    EXPECT_EQ(decoded.stored_height, 400);
  }
  // Too small to be made smaller: the same picture, and so the same hash.
  DecodeOptions options;
  options.fast_decode_side = 224;
  EXPECT_EQ(hash_pixels(std::get<DecodedImage>(decode_image(file, options)).image),
            hash_pixels(std::get<DecodedImage>(decode_image(file)).image));
  // The limit is on the file's pixels, and a turned picture is turned after it was made smaller.
  options.max_pixels = 1000;
  EXPECT_EQ(decode_bad(file, options).reason, SkipReason::too_large);
  options = {};
  options.fast_decode_side = 5;
  const DecodeResult turned = decode_image(read_format("orientation6.jpg"), options);
  EXPECT_EQ(std::get<DecodedImage>(turned).image.width, 11);
  EXPECT_EQ(std::get<DecodedImage>(turned).image.height, 15);
  EXPECT_EQ(std::get<DecodedImage>(turned).stored_width, 29);
  EXPECT_EQ(std::get<DecodedImage>(turned).upright_width, 21);
  EXPECT_EQ(std::get<DecodedImage>(turned).upright_height, 29);
}

TEST(EncodeJpeg, IsReadBackAndRefusesNonsense) {
  const Image grey{16, 8, Bytes(std::size_t{16} * 8 * 3, 90)};
  const auto encoded = encode_jpeg(grey, 90);
  ASSERT_OK(encoded);
  const DecodeResult decoded = decode_image(*encoded);
  ASSERT_EQ(decoded.index(), 0U);
  EXPECT_EQ(std::get<DecodedImage>(decoded).image.rgb, grey.rgb);
  EXPECT_EQ(encode_jpeg(grey, 0).status().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(encode_jpeg(grey, 101).status().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(encode_jpeg(Image{}, 90).status().code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace clipcluster
