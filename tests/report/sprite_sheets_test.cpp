#include "report/sprite_sheets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "clipcluster/parallel.h"
#include "report_input.h"
#include "support/support.h"

namespace clipcluster::report {
namespace {

using testing::colored_thumbnail;
using Sheets = std::map<std::size_t, std::vector<std::uint8_t>>;

Result<std::vector<TileSize>> draw(std::size_t count, const SheetLayout& layout, Sheets& sheets,
                                   const ThumbnailSource& thumbnail) {
  std::vector<std::uint32_t> images(count);
  std::iota(images.begin(), images.end(), 0U);
  return write_sheets(
      layout, images, thumbnail,
      [&](std::size_t sheet, std::span<const std::uint8_t> jpeg) {
        sheets[sheet].assign(jpeg.begin(), jpeg.end());
        return Status();
      },
      [](std::size_t) { return true; });
}

Image decode(const std::vector<std::uint8_t>& jpeg) {
  return std::get<DecodedImage>(decode_image(jpeg)).image;
}

TEST(SpriteSheets, TilesEndOnBlocksOfJpeg) {
  for (const std::size_t count : {1U, 12'000U, 12'001U, 40'000U, 150'000U, 5'000'000U}) {
    EXPECT_EQ(sheet_layout(count).pitch() % 16, 0);
    EXPECT_LE(sheet_layout(count).tile, 255);  // TileSize holds it
  }
  EXPECT_EQ(contact_layout().pitch() % 16, 0);
}

TEST(SpriteSheets, FitsPicturesIntoTiles) {
  const auto fitted = [](int width, int height) {
    const Image image = fit_to_tile({width, height, std::vector<std::uint8_t>(3UL * width * height)}, 96);
    EXPECT_EQ(image.rgb.size(), 3UL * image.width * image.height);
    return std::pair(image.width, image.height);
  };
  EXPECT_EQ(fitted(256, 192), std::pair(96, 72));
  EXPECT_EQ(fitted(192, 256), std::pair(72, 96));
  EXPECT_EQ(fitted(256, 16), std::pair(21, 16));  // cut to 4:3, not enlarged
  EXPECT_EQ(fitted(1, 256), std::pair(1, 1));
  EXPECT_EQ(fitted(40, 40), std::pair(40, 40));
}

TEST(SpriteSheets, EveryImageIsInItsTile) {
  Sheets sheets;
  const SheetLayout layout{32, 4};
  const auto sizes = draw(37, layout, sheets, [](std::uint32_t i) { return colored_thumbnail(i, 64, 48); });
  ASSERT_OK(sizes);
  ASSERT_EQ(sheets.size(), 3U);
  EXPECT_EQ(decode(sheets[0]).height, 4 * 48);
  EXPECT_EQ(decode(sheets[2]).height, 2 * 48);  // five tiles: two rows
  for (std::uint32_t i = 0; i < 37; ++i) {
    EXPECT_EQ((*sizes)[i].width, 32);
    EXPECT_EQ((*sizes)[i].height, 24);
    const Image sheet = decode(sheets[i / 16]);
    const std::size_t x = i % 16 % 4 * 48 + 24;
    const std::size_t y = i % 16 / 4 * 48 + 20;
    EXPECT_NEAR(sheet.rgb[3 * (y * sheet.width + x)], i * 53 % 256, 6) << i;
  }
}

// Else a line of the neighbouring picture shows at the edge of a picture drawn smaller.
TEST(SpriteSheets, TheMarginAroundAPictureShowsItsOwnEdge) {
  Sheets sheets;
  ASSERT_OK(draw(16, {32, 4}, sheets, [](std::uint32_t i) { return colored_thumbnail(i, 64, 48); }));
  const Image sheet = decode(sheets[0]);
  for (std::size_t y = 0; y < 4 * 48; ++y) {
    for (std::size_t x = 0; x < 4 * 48; ++x) {
      // JPEG decoders smooth the colours of the outermost pixels over to the next tile.
      if (std::min(x % 48, y % 48) == 0 || std::max(x % 48, y % 48) == 47) continue;
      const int expected = static_cast<int>((y / 48 * 4 + x / 48) * 53 % 256);
      ASSERT_NEAR(sheet.rgb[3 * (y * sheet.width + x)], expected, 12) << x << ", " << y;
    }
  }
}

TEST(SpriteSheets, AnImageWithoutThumbnailHasNoTile) {
  Sheets sheets;
  const auto thumbnail = [](std::uint32_t i) -> Result<std::vector<std::uint8_t>> {
    if (i == 1) return Status::not_found("no thumbnail");
    if (i == 2) return std::vector<std::uint8_t>{1, 2, 3};
    return colored_thumbnail(i, 20, 20);
  };
  const auto sizes = draw(4, {32, 4}, sheets, thumbnail);
  ASSERT_OK(sizes);
  EXPECT_EQ((*sizes)[0].width, 20);
  EXPECT_EQ((*sizes)[1].width, 0);
  EXPECT_EQ((*sizes)[2].height, 0);
  EXPECT_EQ((*sizes)[3].width, 20);
}

TEST(SpriteSheets, AreTheSameAtAnyThreadCount) {
  Sheets expected;
  const auto thumbnail = [](std::uint32_t i) { return colored_thumbnail(i, 50, 70); };
  set_thread_count(1);
  ASSERT_OK(draw(90, {32, 4}, expected, thumbnail));
  for (const int threads : {2, 4}) {
    set_thread_count(threads);
    Sheets sheets;
    ASSERT_OK(draw(90, {32, 4}, sheets, thumbnail));
    EXPECT_EQ(sheets, expected);
  }
  set_thread_count(0);
}

}  // namespace
}  // namespace clipcluster::report
