#include "duplicates/colours.h"

#include <algorithm>
#include <cmath>

namespace clipcluster::internal {
namespace {

constexpr int kSide = PictureSquare::colour_side;
constexpr int kBlocks = 8;
constexpr int kCells = kSide / kBlocks;

// In levels of the opponent axes. Encoding and a shift by part of a cell move weak colours by less than
// kNoise; strong ones may differ by kShare of their strength, about 20 degrees of hue, and by kMost.
constexpr float kNoise = 8.0F;
constexpr float kShare = 0.4F;
constexpr float kMost = 28.0F;
// How much paler or stronger the colours of a copy may be as a whole.
constexpr float kLeastGain = 0.7F;
constexpr float kMostGain = 1.4F;

struct ColourOverlay {
  Overlay blue;
  Overlay red;
};

// Sums over the whole common area of both axes: the gain that takes the first picture's colours nearest to
// the second one's.
float saturation_gain(const ColourLevels& first, const ColourOverlay& second) {
  float products = kNoise;
  float squares = kNoise;  // where nothing is coloured the gain is 1
  const auto add = [&](const Level& own, const Overlay& other) {
    for (int y = other.rows.begin; y < other.rows.end; ++y) {
      for (int x = other.columns.begin; x < other.columns.end; ++x) {
        const float a = own.row(y)[x];
        products += a * other.second[static_cast<std::size_t>(y * kSide + x)];
        squares += a * a;
      }
    }
  };
  add(first[0], second.blue);
  add(first[1], second.red);
  return std::clamp(products / squares, kLeastGain, kMostGain);
}

struct BlockColours {
  float first_blue = 0.0F;
  float first_red = 0.0F;
  float second_blue = 0.0F;
  float second_red = 0.0F;
  int count = 0;
};

BlockColours sum_block(const ColourLevels& first, const ColourOverlay& second, int left, int top) {
  BlockColours sums;
  const int right = std::min(left + kCells, second.blue.columns.end);
  const int bottom = std::min(top + kCells, second.blue.rows.end);
  for (int y = std::max(top, second.blue.rows.begin); y < bottom; ++y) {
    for (int x = std::max(left, second.blue.columns.begin); x < right; ++x) {
      const auto i = static_cast<std::size_t>(y * kSide + x);
      sums.first_blue += first[0].values[i];
      sums.first_red += first[1].values[i];
      sums.second_blue += second.blue.second[i];
      sums.second_red += second.red.second[i];
      ++sums.count;
    }
  }
  return sums;
}

bool other_colour(const BlockColours& sums, float gain) {
  if (sums.count == 0) return false;
  const auto count = static_cast<float>(sums.count);
  const float first = gain * std::hypot(sums.first_blue, sums.first_red) / count;
  const float second = std::hypot(sums.second_blue, sums.second_red) / count;
  const float difference =
      std::hypot(gain * sums.first_blue - sums.second_blue, gain * sums.first_red - sums.second_red) /
      count;
  return difference > std::clamp(kShare * std::max(first, second), kNoise, kMost);
}

}  // namespace

OtherColours find_other_colours(const ColourLevels& first, const ColourLevels& second,
                                const Placement& placement) {
  thread_local ColourOverlay overlay;
  lay_over(second[0], placement, overlay.blue);
  lay_over(second[1], placement, overlay.red);
  const float gain = saturation_gain(first, overlay);
  OtherColours others{};
  for (int y = 0; y < kBlocks; ++y) {
    for (int x = 0; x < kBlocks; ++x) {
      const BlockColours sums = sum_block(first, overlay, x * kCells, y * kCells);
      others[static_cast<std::size_t>(y * kBlocks + x)] = other_colour(sums, gain);
    }
  }
  return others;
}

}  // namespace clipcluster::internal
