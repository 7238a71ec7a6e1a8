// Lays one picture over another and counts the places where they show the same.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "duplicates/compare.h"

namespace clipcluster {
namespace internal {
namespace {

constexpr int kSide = GreySquare::side;
constexpr int kBlock = 8;
constexpr int kBlocks = kSide / kBlock;

// Grey levels: below this deviation a block is plain; plain ones agree within kPlainLevel, others in
// their mean within kTexturedLevel and by correlation.
constexpr float kTexture = 5.0F;
constexpr float kPlainLevel = 12.0F;
constexpr float kTexturedLevel = 40.0F;
constexpr float kSameTexture = 0.92F;
// Plain places say little: sky is like sky.
constexpr double kPlainWeight = 0.1;
// A picture with less texture than this, in blocks, is not told from another one by its texture alone.
constexpr double kFewTextured = 8.0;

// On the coarsest level unlike pictures stay below this, so that they cost little.
constexpr float kWorthALook = 0.5F;

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
BlockSums sum_block(const GreyLevel& first, const Overlay& overlay, const OverlayMoments& whole, int left,
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
};

BlockVerdict judge_block(const BlockSums& sums) {
  const auto count = static_cast<float>(sums.count);
  const float level = std::abs(sums.a - sums.b) / count;
  const auto deviation = [&](float sum, float squares) {
    return std::sqrt(std::max(0.0F, squares / count - sum / count * (sum / count)));
  };
  const float first = deviation(sums.a, sums.aa);
  const float second = deviation(sums.b, sums.bb);
  if (std::max(first, second) <= kTexture) return {false, level < kPlainLevel};
  const float covariance = sums.ab / count - sums.a / count * (sums.b / count);
  return {true, level < kTexturedLevel && covariance > kSameTexture * (first * second + 1e-3F)};
}

PictureAgreement agreement_of(const GreyLevel& first, const GreyLevel& second, const Placement& placement) {
  thread_local Overlay overlay;
  lay_over(second, placement, overlay);
  const OverlayMoments whole = moments(first, overlay);
  int seen = 0;
  double plain = 0.0;
  double textured = 0.0;
  double same = 0.0;
  for (int top = 0; top < kSide; top += kBlock) {
    for (int left = 0; left < kSide; left += kBlock) {
      const BlockSums sums = sum_block(first, overlay, whole, left, top);
      if (sums.count * 4 < kBlock * kBlock * 3) continue;  // mostly outside of the common area
      const BlockVerdict verdict = judge_block(sums);
      ++seen;
      (verdict.textured ? textured : plain) += verdict.textured ? 1.0 : kPlainWeight;
      if (verdict.same) same += verdict.textured ? 1.0 : kPlainWeight;
    }
  }
  if (seen == 0) return {};
  // The missing texture counts as other: two almost plain pictures agree too easily.
  const double all = plain + textured + 0.25 * std::max(0.0, kFewTextured - textured);
  return {same / all, static_cast<double>(seen) / (kBlocks * kBlocks)};
}

// Sharing little is easier than sharing much.
double merit(const PictureAgreement& found) { return found.agreement * std::min(1.0, found.overlap / 0.6); }

}  // namespace

PictureAgreement compare_with_template(const Template& first, const GreySquare& square) {
  const Pyramid second = make_pyramid(square);
  PictureAgreement best;
  for (Placement placement : kStarts) {
    place_coarsely(first, second[0], 6, placement);
    if (correlation(first.pyramid[0], second[0], placement) < kWorthALook) continue;
    place_finely(first, second[1], 1, 5, placement);
    place_finely(first, second[2], 2, 4, placement);
    const PictureAgreement found = agreement_of(first.pyramid[2], second[2], placement);
    if (merit(found) > merit(best)) best = found;
    if (merit(best) > 0.95) break;
  }
  return best;
}

}  // namespace internal

PictureAgreement compare_pictures(const GreySquare& first, const GreySquare& second) {
  return internal::compare_with_template(internal::make_template(first), second);
}

}  // namespace clipcluster
