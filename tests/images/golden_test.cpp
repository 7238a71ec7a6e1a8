// golden-clip-mini/pixels.npy: 24 pictures after Pillow's decoding, resize to 64 and centre crop.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "clipcluster/images.h"
#include "support/support.h"

namespace clipcluster {
namespace {

// The data behind a .npy header of version 1: "\x93NUMPY", version, a 16-bit length, text.
std::string npy_data(const std::string& path) {
  const std::string file = testing::read_text_file(path);
  const std::size_t header = static_cast<unsigned char>(file.at(8)) | static_cast<unsigned char>(file.at(9))
                                                                          << 8;
  return file.substr(10 + header);
}

TEST(GoldenPixels, AreExact) {
  CLIPCLUSTER_REQUIRE_SHARED();
  const std::string folder = testing::shared_folder() + "/data/golden-clip-mini";
  const std::string wanted = npy_data(folder + "/pixels.npy");
  const std::vector<std::string> inputs = {folder + "/images"};
  const auto found = find_images(inputs, {});
  ASSERT_OK(found);
  ASSERT_EQ(found->files.size(), 24U);
  PreprocessOptions options;
  options.shortest_edge = options.crop_width = options.crop_height = 64;
  options.crop_rounding = CropRounding::down;
  const std::size_t bytes = std::size_t{64} * 64 * 3;
  ASSERT_EQ(wanted.size(), 24 * bytes);
  for (std::size_t i = 0; i < 24; ++i) {
    const auto file = read_image_file(found->files[i].path);
    ASSERT_EQ(file.index(), 0U) << found->files[i].path;
    const DecodeResult decoded = decode_image(std::get<0>(file));
    ASSERT_EQ(decoded.index(), 0U) << found->files[i].path;
    const Image pixels = resize_and_crop(std::get<DecodedImage>(decoded).image, options);
    EXPECT_EQ(std::memcmp(pixels.rgb.data(), wanted.data() + i * bytes, bytes), 0) << found->files[i].path;
  }
}

}  // namespace
}  // namespace clipcluster
