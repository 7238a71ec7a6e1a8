// A picture's square as levels of cells: grey at the three resolutions on which pictures are laid over each
// other, and its colours.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "clipcluster/duplicates.h"

namespace clipcluster::internal {

struct Level {
  int side = 0;
  std::vector<float> values;  // [side, side]

  const float* row(int y) const {
    return values.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(side);
  }
};

// Coarse to fine: 16, 32 and 64 cells a side.
using Pyramid = std::array<Level, 3>;
Pyramid make_pyramid(const PictureSquare& square);
Level coarsest_level(const PictureSquare& square);  // make_pyramid(square)[0]

// The blue and the red axis, 16 cells a side.
using ColourLevels = std::array<Level, 2>;
ColourLevels colour_levels(const PictureSquare& square);

// Central differences of a level, per unit of [-1, 1], which is how far its edges lie apart.
struct Slopes {
  std::vector<float> x;
  std::vector<float> y;
};
Slopes slopes_of(const Level& level);

}  // namespace clipcluster::internal
