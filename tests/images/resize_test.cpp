// The resize against Pillow 9.4 and torchvision 0.14 (data/make_resize.py), and the fast kernels
// against the scalar ones.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "clipcluster/cpu.h"
#include "clipcluster/images.h"
#include "images/noise.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using testing::checksum;
using testing::noise;

std::ifstream recorded(const std::string& name) {
  std::ifstream file(std::string(CLIPCLUSTER_SOURCE_DIR) + "/tests/images/data/" + name);
  EXPECT_TRUE(file) << name;
  return file;
}

class ResizeTest : public ::testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override { limit_instruction_set(GetParam()); }
  void TearDown() override { limit_instruction_set(InstructionSet::avx512); }
};

TEST_P(ResizeTest, EqualsPillow) {
  std::ifstream file = recorded("resize.txt");
  int width, height, to_width, to_height, cases = 0;
  std::uint32_t crc;
  for (; file >> width >> height >> to_width >> to_height >> crc; ++cases) {
    const Image resized = resize_bicubic(noise(width, height), to_width, to_height);
    ASSERT_EQ(resized.width, to_width);
    ASSERT_EQ(resized.height, to_height);
    EXPECT_EQ(checksum(resized.rgb), crc)
        << width << " x " << height << " to " << to_width << " x " << to_height;
  }
  EXPECT_GT(cases, 200);
}

TEST_P(ResizeTest, ResizeAndCropEqualsTorchvision) {
  std::ifstream file = recorded("crop.txt");
  int width, height, edge, crop_width, crop_height, cases = 0;
  std::uint32_t crc;
  for (; file >> width >> height >> edge >> crop_width >> crop_height >> crc; ++cases) {
    PreprocessOptions options;
    options.shortest_edge = edge;
    options.crop_width = crop_width;
    options.crop_height = crop_height;
    const Image cropped = resize_and_crop(noise(width, height), options);
    ASSERT_EQ(cropped.width, crop_width);
    ASSERT_EQ(cropped.height, crop_height);
    EXPECT_EQ(checksum(cropped.rgb), crc)
        << width << " x " << height << ", edge " << edge << ", crop " << crop_width << " x " << crop_height;
  }
  EXPECT_GT(cases, 200);
}

TEST_P(ResizeTest, EqualsTheScalarKernels) {
  for (int width = 1; width < 40; width += 3) {
    for (int height = 1; height < 60; height += 7) {
      const Image image = noise(width, height);
      const Image resized = resize_bicubic(image, 19, 23);
      limit_instruction_set(InstructionSet::scalar);
      EXPECT_EQ(resize_bicubic(image, 19, 23).rgb, resized.rgb) << width << " x " << height;
      limit_instruction_set(GetParam());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, ResizeTest,
                         ::testing::Values(InstructionSet::scalar, InstructionSet::avx2,
                                           InstructionSet::avx512),
                         [](const auto& set) { return instruction_set_name(set.param); });

TEST(ResizeAndCrop, StandsTheLongestPictures) {
  const Image wide = noise(1 << 20, 1);
  const Image cropped = resize_and_crop(wide, {});
  EXPECT_EQ(cropped.width, 224);
  EXPECT_EQ(cropped.height, 224);
}

TEST(ResizeAndCrop, OddMarginsRoundAsAsked) {
  const Image image = noise(4 + 3, 4);
  PreprocessOptions options;
  options.shortest_edge = options.crop_width = options.crop_height = 4;
  // Margin 3: half to even begins at 2, rounding down at 1.
  EXPECT_EQ(resize_and_crop(image, options).rgb[0], image.rgb[2 * 3]);
  options.crop_rounding = CropRounding::down;
  EXPECT_EQ(resize_and_crop(image, options).rgb[0], image.rgb[1 * 3]);
}

// SigLIP's way: no proportions kept, nothing cropped unless the crop is smaller.
TEST(ResizeAndCrop, ResizesToExactSidesWhereAskedTo) {
  const Image image = noise(37, 11);
  PreprocessOptions options;
  options.resize_width = 20;
  options.resize_height = 24;
  options.crop_width = 20;
  options.crop_height = 24;
  const Image whole = resize_and_crop(image, options);
  EXPECT_EQ(whole.rgb, resize_bicubic(image, 20, 24).rgb);
  options.crop_width = 10;
  EXPECT_EQ(resize_and_crop(image, options).rgb[0], whole.rgb[5 * 3]);
}

TEST(NormalizePixels, IsPlanarAndScaled) {
  Image image{2, 1, {0, 128, 255, 255, 0, 1}};
  PreprocessOptions options;
  options.mean = {0.0F, 0.5F, 1.0F};
  options.deviation = {1.0F, 0.5F, 2.0F};
  std::vector<float> planes(6);
  normalize_pixels(image, options, planes);
  const float unit = 1.0F / 255.0F;
  EXPECT_FLOAT_EQ(planes[0], 0.0F);
  EXPECT_FLOAT_EQ(planes[1], 1.0F);
  EXPECT_FLOAT_EQ(planes[2], (128.0F * unit - 0.5F) / 0.5F);
  EXPECT_FLOAT_EQ(planes[3], -1.0F);
  EXPECT_FLOAT_EQ(planes[4], 0.0F);
  EXPECT_FLOAT_EQ(planes[5], (unit - 1.0F) / 2.0F);
}

TEST(Thumbnail, KeepsTheShapeAndNeverEnlarges) {
  const Image wide = make_thumbnail(noise(300, 100), 96);
  EXPECT_EQ(wide.width, 96);
  EXPECT_EQ(wide.height, 32);
  const Image thin = make_thumbnail(noise(1, 500), 96);
  EXPECT_EQ(thin.width, 1);
  EXPECT_EQ(thin.height, 96);
  EXPECT_EQ(make_thumbnail(noise(50, 40), 96).rgb, noise(50, 40).rgb);
}

TEST(Hashes, TellBytesAndSizesApart) {
  EXPECT_EQ(hash_bytes({}), "99aa06d3014798d86001c324468d497f");  // XXH3 128 of nothing, seed 0
  EXPECT_EQ(hash_bytes(noise(3, 2).rgb).size(), 32U);
  Image turned = noise(3, 2);
  std::swap(turned.width, turned.height);
  EXPECT_NE(hash_pixels(turned), hash_pixels(noise(3, 2)));
  EXPECT_EQ(hash_pixels(noise(3, 2)), hash_pixels(noise(3, 2)));
}

}  // namespace
}  // namespace clipcluster
