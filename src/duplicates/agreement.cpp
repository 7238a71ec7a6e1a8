// Lays one picture over another and counts the places where they show the same.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "duplicates/colours.h"
#include "duplicates/compare.h"

namespace clipcluster {
namespace internal {
namespace {

constexpr int kSide = PictureSquare::side;
constexpr int kBlock = 8;
constexpr int kBlocks = kSide / kBlock;

// Grey levels: below this deviation a block is plain; plain ones agree within kPlainLevel, others in
// their mean within kTexturedLevel and by correlation.
constexpr float kTexture = 5.0F;
constexpr float kPlainLevel = 12.0F;
constexpr float kFarLevel = 24.0F;
constexpr float kTexturedLevel = 40.0F;
constexpr float kSameTexture = 0.92F;
// Pale lines are not bold ones, wherever they lie.
constexpr float kSameStrength = 0.55F;
// Encoding and resampling leave much the same rest in all blocks of a copy. One with this many times the
// middle one's, and more than a correlation of 0.99 leaves, shows something else: the letters of two
// captions in one place correlate by 0.95 where the rest of the template does by 1.
constexpr float kOutlier = 6.0F;
constexpr float kLeastOutlier = 0.14F;
// Plain places say little: sky is like sky.
constexpr double kPlainWeight = 0.1;
// And no more than this share of what the texture says, so that a few strokes on white are judged by the
// strokes.
constexpr double kPlainShare = 0.25;
// A picture with less texture than this, in blocks, is not told from another one by its texture alone.
constexpr double kFewTextured = 8.0;

// On the coarsest level unlike pictures stay below this, so that they cost little.
constexpr float kWorthALook = 0.5F;
// And on the middle level, before the costly finest one.
constexpr float kWorthMore = 0.65F;

// Stretched by more than this it is no copy; the coarse levels do not place it exactly.
constexpr float kMostStretch = 1.15F;
constexpr float kCoarseStretch = 1.35F;

// Whole; the first picture a crop of the second one, and the other way round.
constexpr std::array<Placement, 3> kStarts = {Placement{}, Placement{0.87F, 0.87F, 0.0F, 0.0F},
                                              Placement{1.15F, 1.15F, 0.0F, 0.0F}};

struct BlockSums {
  float a = 0.0F;
  float b = 0.0F;
  float aa = 0.0F;
  float bb = 0.0F;
  float ab = 0.0F;
  int count = 0;
};

// Both brought to the second picture's mean and contrast.
BlockSums sum_block(const Level& first, const Overlay& overlay, const OverlayMoments& whole, int left,
                    int top) {
  BlockSums sums;
  const float gain = whole.gain();
  const int right = std::min(left + kBlock, overlay.columns.end);
  const int bottom = std::min(top + kBlock, overlay.rows.end);
  for (int y = std::max(top, overlay.rows.begin); y < bottom; ++y) {
    for (int x = std::max(left, overlay.columns.begin); x < right; ++x) {
      const float a = gain * (first.row(y)[x] - whole.first_mean);
      const float b = overlay.second[static_cast<std::size_t>(y * kSide + x)] - whole.second_mean;
      sums.a += a;
      sums.b += b;
      sums.aa += a * a;
      sums.bb += b * b;
      sums.ab += a * b;
      ++sums.count;
    }
  }
  return sums;
}

struct BlockVerdict {
  bool textured = false;
  bool same = false;
  bool far = false;  // of another brightness, plainly
  bool other_colour = false;
  // Of textured ones: what the one picture does not tell of the other one, as a share of the deviation and
  // in grey levels.
  float rest = 0.0F;
  float rest_levels = 0.0F;
};

BlockVerdict judge_block(const BlockSums& sums) {
  const auto count = static_cast<float>(sums.count);
  const float level = std::abs(sums.a - sums.b) / count;
  const auto deviation = [&](float sum, float squares) {
    return std::sqrt(std::max(0.0F, squares / count - sum / count * (sum / count)));
  };
  const float first = deviation(sums.a, sums.aa);
  const float second = deviation(sums.b, sums.bb);
  BlockVerdict verdict;
  if (std::max(first, second) <= kTexture) {
    verdict.same = level < kPlainLevel;
    verdict.far = level > kFarLevel;
    return verdict;
  }
  const bool as_strong = std::min(first, second) > kSameStrength * std::max(first, second);
  const float covariance = sums.ab / count - sums.a / count * (sums.b / count);
  const float correlation = covariance / (first * second + 1e-3F);
  verdict.textured = true;
  verdict.same = as_strong && level < kTexturedLevel && correlation > kSameTexture;
  verdict.rest = std::sqrt(std::max(0.0F, 1.0F - correlation * correlation));
  verdict.rest_levels = verdict.rest * std::max(first, second);
  return verdict;
}

// The blocks of the common area.
struct Blocks {
  std::array<BlockVerdict, std::size_t{kBlocks} * kBlocks> verdicts;
  std::size_t count = 0;

  std::span<BlockVerdict> all() { return {verdicts.data(), count}; }
};

// Two captions in one style and place are alike, but not as alike as the template around them.
void tell_outliers(std::span<BlockVerdict> blocks) {
  std::array<float, std::size_t{kBlocks} * kBlocks> rests{};
  std::size_t count = 0;
  for (const BlockVerdict& block : blocks) {
    if (block.textured) rests[count++] = block.rest;
  }
  if (count == 0) return;
  const auto middle = rests.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::nth_element(rests.begin(), middle, rests.begin() + static_cast<std::ptrdiff_t>(count));
  const float most = std::max(kLeastOutlier, kOutlier * *middle);
  for (BlockVerdict& block : blocks) {
    if (block.rest > most && block.rest_levels > kTexture) block.same = false;
  }
}

struct Counts {
  double textured = 0.0;
  double same_textured = 0.0;
  double plain = 0.0;
  double same_plain = 0.0;
  double other = 0.0;  // plain ones of another colour or brightness: evidence as good as texture

  void add(const BlockVerdict& verdict) {
    if (verdict.textured) {
      textured += 1.0;
      same_textured += verdict.same && !verdict.other_colour ? 1.0 : 0.0;
    } else if (verdict.other_colour || verdict.far) {
      other += 1.0;
    } else {
      plain += 1.0;
      same_plain += verdict.same ? 1.0 : 0.0;
    }
  }

  double agreement() const {
    const double weight = plain > 0.0 ? std::min(kPlainWeight, kPlainShare * textured / plain) : 0.0;
    const double known = textured + other + weight * plain;
    // The missing texture counts as other: two almost plain pictures agree too easily.
    const double all = known + 0.25 * std::max(0.0, kFewTextured - textured);
    return (same_textured + weight * same_plain) / std::max(all, 1e-9);
  }
};

Blocks judge_blocks(const Template& first, const Overlay& overlay, const OtherColours& others) {
  const Level& own = first.pyramid[2];
  const OverlayMoments whole = moments(own, overlay);
  Blocks blocks;
  for (int top = 0; top < kSide; top += kBlock) {
    for (int left = 0; left < kSide; left += kBlock) {
      const BlockSums sums = sum_block(own, overlay, whole, left, top);
      if (sums.count * 4 < kBlock * kBlock * 3) continue;  // mostly outside of the common area
      BlockVerdict& verdict = blocks.verdicts[blocks.count++];
      verdict = judge_block(sums);
      verdict.other_colour = others[static_cast<std::size_t>((top * kBlocks + left) / kBlock)];
    }
  }
  return blocks;
}

PictureAgreement agreement_of(const Template& first, const Level& second, const ColourLevels& colours,
                              const Placement& placement) {
  thread_local Overlay overlay;
  lay_over(second, placement, overlay);
  Blocks blocks = judge_blocks(first, overlay, find_other_colours(first.colours, colours, placement));
  tell_outliers(blocks.all());
  Counts counts;
  for (const BlockVerdict& verdict : blocks.all()) counts.add(verdict);
  return {counts.agreement(), static_cast<double>(overlay.count()) / (kSide * kSide)};
}

// Sharing little is easier than sharing much.
double merit(const PictureAgreement& found) { return found.agreement * std::min(1.0, found.overlap / 0.6); }

// By how much one axis is stretched against the other when the second picture is laid over the first, each
// in its own shape. Circles are no ellipses: where there are few strokes this tells most.
float stretch(const Template& first, const PictureSquare& second, const Placement& placement) {
  const float ratio = placement.scale_x * second.aspect / (placement.scale_y * first.aspect);
  return std::max(ratio, 1.0F / ratio);
}

struct Start {
  Placement placement;
  float correlation = 0.0F;
};

bool same_place(const Placement& a, const Placement& b) {
  constexpr float kNear = 0.02F;
  return std::abs(a.scale_x - b.scale_x) < kNear && std::abs(a.scale_y - b.scale_y) < kNear &&
         std::abs(a.shift_x - b.shift_x) < kNear && std::abs(a.shift_y - b.shift_y) < kNear;
}

// Those worth going on from, the most promising first; starts that led to one place are one.
std::vector<Start> coarse_starts(const Template& first, const PictureSquare& square) {
  const Level second = coarsest_level(square);
  std::vector<Start> starts;
  for (Placement placement : kStarts) {
    place_coarsely(first, second, 6, placement);
    const float found = correlation(first.pyramid[0], second, placement);
    const bool known = std::any_of(starts.begin(), starts.end(), [&](const Start& start) {
      return same_place(start.placement, placement);
    });
    if (found >= kWorthALook && !known && stretch(first, square, placement) <= kCoarseStretch)
      starts.push_back({placement, found});
  }
  std::stable_sort(starts.begin(), starts.end(),
                   [](const Start& a, const Start& b) { return a.correlation > b.correlation; });
  return starts;
}

}  // namespace

PictureAgreement compare_with_template(const Template& first, const PictureSquare& square) {
  const std::vector<Start> starts = coarse_starts(first, square);
  if (starts.empty()) return {};
  const Pyramid second = make_pyramid(square);
  const ColourLevels colours = colour_levels(square);
  PictureAgreement best;
  for (const Start& start : starts) {
    Placement placement = start.placement;
    place_finely(first, second[1], 1, 5, placement);
    if (correlation(first.pyramid[1], second[1], placement) < kWorthMore) continue;
    place_finely(first, second[2], 2, 4, placement);
    if (stretch(first, square, placement) > kMostStretch) continue;
    const PictureAgreement found = agreement_of(first, second[2], colours, placement);
    if (merit(found) > merit(best)) best = found;
    if (merit(best) > 0.95) break;
  }
  return best;
}

}  // namespace internal

PictureAgreement compare_pictures(const PictureSquare& first, const PictureSquare& second) {
  return internal::compare_with_template(internal::make_template(first), second);
}

}  // namespace clipcluster
