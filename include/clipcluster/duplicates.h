// Near-duplicates: copies of one picture that were encoded again, resized, cropped a little, framed or
// marked. Candidates come from embeddings and from small grey signatures; every pair is then laid over
// each other and compared place by place, so that two pictures of the same kind, or two jokes on one
// template, stay apart (docs/near-duplicates.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "clipcluster/images.h"
#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

// What is kept of a picture for comparing, without a plain frame (up to a fifth of the side at each edge)
// and squeezed into a square: its grey values, and coarsely its colours.
struct PictureSquare {
  static constexpr int side = 64;
  static constexpr int colour_side = 16;
  std::array<std::uint8_t, std::size_t{side} * side> grey{};  // rows from top to bottom
  float aspect = 1.0F;                                        // width by height of what was squeezed
  // Means of JPEG's opponent axes (ITU-R BT.601), 0 for grey: yellow to blue, green to red.
  std::array<std::int8_t, std::size_t{colour_side} * colour_side> blue{};
  std::array<std::int8_t, std::size_t{colour_side} * colour_side> red{};
};
// image: at least 1 x 1; a thumbnail of 256 pixels is enough.
PictureSquare make_picture_square(const Image& image);

struct PictureAgreement {
  double agreement = 0.0;  // 0..1, share of the common area that shows the same
  double overlap = 0.0;    // 0..1, share of the first picture that the second one shows at all
};
// Lays `second` over `first` (scale and shift of each axis, found by inverse compositional Gauss-Newton
// steps on three resolutions: Baker and Matthews, "Lucas-Kanade 20 years on", IJCV 2004) and compares
// blocks of 1/8 of the side: those with texture by correlation and against what the picture's other blocks
// leave, plain ones by brightness, and all of them by colour. A copy may be stretched by a seventh at most.
// Mild differences of brightness, contrast and saturation of the whole are taken out first; a grey copy of
// a colourful picture is another picture.
PictureAgreement compare_pictures(const PictureSquare& first, const PictureSquare& second);

struct DuplicateOptions {
  // Copies agree in at least this share of what both show; 0.5..1. More keeps captioned variants apart,
  // less finds stronger crops.
  double agreement = 0.85;
  double overlap = 0.4;  // and show at least this share of the kept picture; 0..1
  int candidates = 24;   // nearest pictures looked at, by embedding and by signature; 1..1000
};
Status check_duplicate_options(const DuplicateOptions& options);

struct NearDuplicates {
  // [n]: the row that this one is a copy of; its own number where it is kept itself.
  std::vector<std::uint32_t> kept;
  std::vector<float> agreement;  // [n]: with the kept one; 1 for kept ones
};

// embeddings: [n, d], finite, unit rows. squares: [n]. order: [n], rows in the order in which they are
// preferred. Going down that order, a row that is not a copy yet is kept, and takes as its copies the
// later rows that agree with it: each copy was compared with the picture that is kept, so that a chain of
// small differences never ties unlike pictures together. Copies of copies are looked at as well, against
// the kept one. Near-linear in n. Same bytes at any thread count.
// invalid_argument for sizes that do not belong together and options out of range.
Result<NearDuplicates> find_near_duplicates(MatrixView<const float> embeddings,
                                            std::span<const PictureSquare> squares,
                                            std::span<const std::uint32_t> order,
                                            const DuplicateOptions& options = {},
                                            Progress& progress = Progress::none());
// Bytes that find_near_duplicates needs for n rows of d columns over its inputs, at most.
std::uint64_t near_duplicates_memory(std::uint64_t n, std::uint64_t d, const DuplicateOptions& options);

}  // namespace clipcluster
