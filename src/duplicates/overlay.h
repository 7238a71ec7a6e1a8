// One picture's level resampled to where the cells of another one lie in it.
#pragma once

#include <array>
#include <cstddef>

#include "duplicates/pyramid.h"

namespace clipcluster::internal {

// The place (x, y) of the first picture, both in [-1, 1], is (scale_x x + shift_x, scale_y y + shift_y)
// in the second one. Scales are positive.
struct Placement {
  float scale_x = 1.0F;
  float scale_y = 1.0F;
  float shift_x = 0.0F;
  float shift_y = 0.0F;
};

// Cells of the first picture from `begin` to `end` lie inside of the second one.
struct OverlayAxis {
  int begin = 0;
  int end = 0;
  std::array<int, PictureSquare::side> cell{};     // of the second picture, and
  std::array<float, PictureSquare::side> share{};  // how far towards the next one
};

// With positive scales the common area is a rectangle of the first picture's cells.
struct Overlay {
  OverlayAxis columns;
  OverlayAxis rows;
  // [side, side] of the level; set inside of the rectangle only.
  std::array<float, std::size_t{PictureSquare::side} * PictureSquare::side> second{};

  int count() const { return (columns.end - columns.begin) * (rows.end - rows.begin); }
};

void lay_over(const Level& second, const Placement& placement, Overlay& overlay);

// Over the common area.
struct OverlayMoments {
  float first_mean = 0.0F;
  float second_mean = 0.0F;
  float first = 0.0F;  // sums of squares and products, means taken out
  float second = 0.0F;
  float both = 0.0F;

  // By how much the second picture has more contrast; within what a copy may have.
  float gain() const;
};
OverlayMoments moments(const Level& first, const Overlay& overlay);

}  // namespace clipcluster::internal
