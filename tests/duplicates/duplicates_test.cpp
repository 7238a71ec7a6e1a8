#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <variant>
#include <vector>

#include "clipcluster/duplicates.h"
#include "clipcluster/images.h"
#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Smooth random waves: texture everywhere, another picture for every number.
Image picture(int number, int width = 240, int height = 180) {
  const CounterRandom random(7, "waves");
  Image image{width, height, {}};
  image.rgb.reserve(static_cast<std::size_t>(width) * height * 3);
  const auto wave = [&](int k, double x, double y) {
    const auto draw = [&](int i) {
      return random.uniform(static_cast<std::uint64_t>(number), static_cast<std::uint64_t>(k * 4 + i));
    };
    return std::sin(draw(0) * 6.3 + (draw(1) - 0.5) * 40.0 * x + (draw(2) - 0.5) * 40.0 * y);
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double sum = 0.0;
      for (int k = 0; k < 6; ++k)
        sum += wave(k, static_cast<double>(x) / width, static_cast<double>(y) / height);
      const auto value = static_cast<std::uint8_t>(std::clamp(128.0 + sum * 30.0, 0.0, 255.0));
      image.rgb.insert(image.rgb.end(), 3, value);
    }
  }
  return image;
}

Image part(const Image& image, int left, int top, int right, int bottom) {
  Image result{image.width - left - right, image.height - top - bottom, {}};
  for (int y = top; y < image.height - bottom; ++y) {
    const auto* row = image.rgb.data() + (static_cast<std::size_t>(y) * image.width + left) * 3;
    result.rgb.insert(result.rgb.end(), row, row + static_cast<std::size_t>(result.width) * 3);
  }
  return result;
}

Image framed(const Image& image, int border, std::uint8_t grey) {
  Image result{image.width + 2 * border, image.height + 2 * border, {}};
  result.rgb.assign(static_cast<std::size_t>(result.width) * result.height * 3, grey);
  for (int y = 0; y < image.height; ++y) {
    const auto* row = image.rgb.data() + static_cast<std::size_t>(y) * image.width * 3;
    std::copy(row, row + static_cast<std::size_t>(image.width) * 3,
              result.rgb.data() + (static_cast<std::size_t>(y + border) * result.width + border) * 3);
  }
  return result;
}

// A caption over the lower part: stripes, as letters are.
Image captioned(Image image, int first_row, int number) {
  const CounterRandom random(11, "letters");
  for (int y = first_row; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const auto cell = static_cast<std::uint64_t>(number * 10000 + y / 6 * 100 + x / 6);
      const std::uint8_t value = random.uniform(cell) < 0.5 ? 0 : 255;
      std::fill_n(image.rgb.data() + (static_cast<std::size_t>(y) * image.width + x) * 3, 3, value);
    }
  }
  return image;
}

Image darker(Image image) {
  for (std::uint8_t& value : image.rgb) value = static_cast<std::uint8_t>(value * 0.8 + 10.0);
  return image;
}

double agreement(const Image& first, const Image& second) {
  return compare_pictures(make_picture_square(first), make_picture_square(second)).agreement;
}

TEST(ComparePictures, CopiesAgree) {
  const Image original = picture(1);
  EXPECT_DOUBLE_EQ(agreement(original, original), 1.0);
  EXPECT_GT(agreement(original, resize_bicubic(original, 97, 70)), 0.95);
  EXPECT_GT(agreement(original, darker(original)), 0.95);
  EXPECT_GT(agreement(original, part(original, 12, 0, 6, 15)), 0.95);
  EXPECT_GT(agreement(part(original, 12, 0, 6, 15), original), 0.95);
  EXPECT_GT(agreement(original, framed(original, 14, 255)), 0.95);
  EXPECT_GT(agreement(original, framed(original, 14, 0)), 0.95);
}

TEST(ComparePictures, OthersDoNot) {
  for (int number = 2; number < 30; ++number) EXPECT_LT(agreement(picture(1), picture(number)), 0.5);
}

TEST(ComparePictures, CaptionsCountByTheirArea) {
  const Image first = captioned(picture(1), 135, 1);  // the lower quarter
  const Image second = captioned(picture(1), 135, 2);
  EXPECT_LT(agreement(first, second), 0.85);
  EXPECT_GT(agreement(first, second), 0.6);
  EXPECT_GT(agreement(captioned(picture(1), 170, 1), picture(1)), 0.85);  // a mark at the edge
}

TEST(ComparePictures, PlainPicturesSayLittle) {
  Image white{64, 64, std::vector<std::uint8_t>(64 * 64 * 3, 255)};
  Image pale{64, 64, std::vector<std::uint8_t>(64 * 64 * 3, 250)};
  EXPECT_LT(agreement(white, pale), 0.85);
  EXPECT_LT(agreement(white, picture(1)), 0.5);
  const Image dot{1, 1, {10, 20, 30}};
  EXPECT_LE(agreement(dot, dot), 1.0);
}

// The same brightness everywhere, give or take rounding, in other colours: `blue` and `red` are the
// opponent axes of JPEG.
Image coloured(Image image, double blue, double red) {
  const auto byte = [](double value) { return static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)); };
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    const double grey = 64.0 + image.rgb[i] / 2.0;
    image.rgb[i] = byte(grey + 1.402 * red);
    image.rgb[i + 1] = byte(grey - 0.344 * blue - 0.714 * red);
    image.rgb[i + 2] = byte(grey + 1.772 * blue);
  }
  return image;
}

TEST(ComparePictures, OtherColoursAreAnotherPicture) {
  const Image red = coloured(picture(1), -10.0, 40.0);
  EXPECT_LT(agreement(red, coloured(picture(1), -10.0, -40.0)), 0.3);
  EXPECT_LT(agreement(red, coloured(picture(1), 30.0, 0.0)), 0.3);
  EXPECT_LT(agreement(red, coloured(picture(1), 0.0, 0.0)), 0.3) << "a grey copy";
  EXPECT_GT(agreement(red, red), 0.99);
  EXPECT_GT(agreement(red, coloured(picture(1), -8.0, 32.0)), 0.95) << "a paler copy";
  EXPECT_GT(agreement(red, darker(red)), 0.95);
  EXPECT_GT(agreement(red, part(red, 12, 0, 6, 15)), 0.95);
}

TEST(ComparePictures, StretchedPicturesAreNoCopies) {
  const Image original = picture(1);
  EXPECT_GT(agreement(original, resize_bicubic(original, 240, 168)), 0.95);
  EXPECT_EQ(agreement(original, resize_bicubic(original, 240, 110)), 0.0);
}

// A frame of a few pixels on a small thumbnail: the picture's edge rings through the blocks of 8 x 8 that
// it shares with the frame.
TEST(ComparePictures, FramesAreFoundAtTheNoiseOfAJpeg) {
  const Image original = picture(1, 100, 100);
  for (const std::uint8_t grey : std::vector<std::uint8_t>{0, 128, 255}) {
    const auto jpeg = encode_jpeg(framed(original, 5, grey), 75);
    ASSERT_OK(jpeg);
    const DecodeResult decoded = decode_image(*jpeg);
    ASSERT_TRUE(std::holds_alternative<DecodedImage>(decoded));
    const Image& copy = std::get<DecodedImage>(decoded).image;
    EXPECT_GT(agreement(copy, original), 0.95) << int{grey};
    EXPECT_GT(agreement(original, copy), 0.95) << int{grey};
  }
}

TEST(ComparePictures, OverlapIsAnArea) {
  const Image original = picture(1, 200, 200);
  const auto overlap = [&](int left, int top) {
    return compare_pictures(make_picture_square(original),
                            make_picture_square(part(original, left, top, 10, 10)))
        .overlap;
  };
  EXPECT_NEAR(overlap(10, 10), 0.81, 0.05);
  EXPECT_NEAR(overlap(40, 10), 0.75 * 0.9, 0.05);
}

// Two captions in one place and one style: light letters on a dark bar, so that they correlate by 0.95.
Image lettered(Image image, int first_row, int number) {
  const CounterRandom random(13, "letters");
  for (int y = first_row; y < image.height; ++y) {
    const bool line = (y - first_row) / 10 % 2 == 1;
    for (int x = 0; x < image.width; ++x) {
      const auto cell = static_cast<std::uint64_t>(number * 10000 + y / 5 * 100 + x / 5);
      const double ink = 95.0 * random.uniform(cell);
      const double value = line ? 255.0 - ink : ink;
      std::fill_n(image.rgb.data() + (static_cast<std::size_t>(y) * image.width + x) * 3, 3,
                  static_cast<std::uint8_t>(value));
    }
  }
  return image;
}

TEST(ComparePictures, CaptionsInOnePlaceAreNotTheSame) {
  const Image first = lettered(picture(1), 140, 1);
  EXPECT_LT(agreement(first, lettered(picture(1), 140, 2)), 0.85);
  EXPECT_GT(agreement(first, resize_bicubic(first, 97, 73)), 0.95);
  EXPECT_GT(agreement(first, part(first, 12, 0, 6, 15)), 0.95);
}

TEST(ComparePictures, SquaresKeepColoursAndShape) {
  Image blue{40, 20, {}};
  for (int i = 0; i < 800; ++i) blue.rgb.insert(blue.rgb.end(), {0, 0, 255});
  const PictureSquare square = make_picture_square(blue);
  EXPECT_EQ(square.aspect, 2.0F);
  EXPECT_EQ(square.grey[77], 29);
  EXPECT_EQ(square.blue[33], 127);
  EXPECT_EQ(square.red[33], -21);
}

struct Set {
  std::vector<PictureSquare> squares;
  MatrixF embeddings;
  std::vector<std::uint32_t> order;
};

// Embeddings: `kind` says which of a few directions.
Set make_set(const std::vector<Image>& images, const std::vector<int>& kinds) {
  Set set;
  set.embeddings = MatrixF(images.size(), 8);
  const CounterRandom random(3, "embedding");
  for (std::size_t i = 0; i < images.size(); ++i) {
    set.squares.push_back(make_picture_square(images[i]));
    float* row = set.embeddings.view().row(i);
    std::fill_n(row, 8, 0.0F);
    row[kinds[i] % 8] = 1.0F;
    row[(kinds[i] + 1) % 8] = static_cast<float>(random.uniform(i)) * 0.01F;
  }
  set.order.resize(images.size());
  std::iota(set.order.begin(), set.order.end(), 0U);
  return set;
}

TEST(NearDuplicates, CopiesFollowThePreferredOne) {
  const Image a = picture(1);
  const Image b = picture(2);
  Set set =
      make_set({part(a, 5, 5, 5, 5), b, a, framed(a, 10, 255), picture(3), darker(b)}, {0, 1, 0, 0, 2, 1});
  set.order = {2, 4, 5, 0, 1, 3};
  const auto found = find_near_duplicates(set.embeddings, set.squares, set.order);
  ASSERT_OK(found);
  EXPECT_THAT(found->kept, ElementsAre(2, 5, 2, 2, 4, 5));
  EXPECT_GT(found->agreement[0], 0.9F);
  EXPECT_EQ(found->agreement[2], 1.0F);
}

// Each picture is the former one moved on by a tenth: neighbours agree, the ends share nothing.
TEST(NearDuplicates, ChainsTieNothingTogether) {
  const Image panorama = picture(5, 600, 150);
  std::vector<Image> images;
  for (int i = 0; i < 15; ++i) images.push_back(part(panorama, i * 24, 0, 600 - 200 - i * 24, 0));
  const Set set = make_set(images, std::vector<int>(images.size(), 0));
  const auto found = find_near_duplicates(set.embeddings, set.squares, set.order);
  ASSERT_OK(found);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::uint32_t kept = found->kept[i];
    EXPECT_EQ(found->kept[kept], kept) << "what is kept follows nothing";
    const auto pair = compare_pictures(set.squares[kept], set.squares[i]);
    EXPECT_GE(pair.agreement, 0.85);
    EXPECT_GE(pair.overlap, 0.4);
  }
  EXPECT_NE(found->kept.back(), 0U);
}

// What is kept has so wide a margin that the other one, cut to what is in it, shows half of its area.
TEST(NearDuplicates, CopiesWithMarginsOfTheirOwn) {
  const Image inner = part(picture(1, 480, 360), 0, 0, 240, 180);
  const Set set = make_set({framed(inner, 84, 255), framed(inner, 60, 255), picture(2)}, {0, 0, 0});
  const auto found = find_near_duplicates(set.embeddings, set.squares, set.order);
  ASSERT_OK(found);
  EXPECT_THAT(found->kept, ElementsAre(0, 0, 2));
}

TEST(NearDuplicates, JokesOnOneTemplateStayApart) {
  const Image joke = lettered(picture(2), 140, 1);
  const Image other = lettered(picture(2), 140, 2);
  const Set set = make_set({joke, other, framed(joke, 12, 0), framed(other, 12, 0),
                            resize_bicubic(joke, 160, 120), resize_bicubic(other, 160, 120)},
                           {0, 0, 0, 0, 0, 0});
  const auto found = find_near_duplicates(set.embeddings, set.squares, set.order);
  ASSERT_OK(found);
  EXPECT_THAT(found->kept, ElementsAre(0, 1, 0, 1, 0, 1));
}

// More copies than candidates are looked at: they find the kept one through each other.
TEST(NearDuplicates, ManyCopiesOfOnePicture) {
  const Image a = picture(1);
  std::vector<Image> images;
  for (int i = 0; i < 40; ++i) images.push_back(part(a, i % 6, i % 4, i % 5, i % 7));
  const Set set = make_set(images, std::vector<int>(images.size(), 0));
  DuplicateOptions options;
  options.candidates = 10;
  const auto found = find_near_duplicates(set.embeddings, set.squares, set.order, options);
  ASSERT_OK(found);
  for (std::size_t i = 0; i < images.size(); ++i) {
    EXPECT_EQ(found->kept[i], 0U) << i;
  }
}

TEST(NearDuplicates, SameAtAnyThreadCount) {
  std::vector<Image> images;
  std::vector<int> kinds;
  for (int i = 0; i < 30; ++i) {
    images.push_back(part(picture(i / 3), i % 3 * 4, 0, 0, i % 2 * 5));
    kinds.push_back(i / 3);
  }
  const Set set = make_set(images, kinds);
  const int threads = thread_count();
  set_thread_count(1);
  const auto one = find_near_duplicates(set.embeddings, set.squares, set.order);
  set_thread_count(4);
  const auto four = find_near_duplicates(set.embeddings, set.squares, set.order);
  set_thread_count(threads);
  ASSERT_OK(one);
  ASSERT_OK(four);
  EXPECT_EQ(one->kept, four->kept);
  EXPECT_EQ(one->agreement, four->agreement);
}

TEST(NearDuplicates, NoneAndOne) {
  const auto none = find_near_duplicates(MatrixF(0, 8), {}, {});
  ASSERT_OK(none);
  EXPECT_TRUE(none->kept.empty());
  const Set set = make_set({picture(1)}, {0});
  const auto one = find_near_duplicates(set.embeddings, set.squares, set.order);
  ASSERT_OK(one);
  EXPECT_THAT(one->kept, ElementsAre(0));
}

TEST(NearDuplicates, BadInput) {
  Set set = make_set({picture(1), picture(2)}, {0, 1});
  DuplicateOptions options;
  options.agreement = 0.3;
  EXPECT_THAT(find_near_duplicates(set.embeddings, set.squares, set.order, options).status().message(),
              HasSubstr("agreement is 0.3"));
  options = {};
  options.candidates = 0;
  EXPECT_THAT(find_near_duplicates(set.embeddings, set.squares, set.order, options).status().message(),
              HasSubstr("candidates is 0"));
  set.order = {0, 0};
  EXPECT_THAT(find_near_duplicates(set.embeddings, set.squares, set.order).status().message(),
              HasSubstr("each of 2 rows once"));
  set.order = {0};
  EXPECT_FALSE(find_near_duplicates(set.embeddings, set.squares, set.order).is_ok());
}

}  // namespace
}  // namespace clipcluster
