// A grey square at the three resolutions on which pictures are laid over each other.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "clipcluster/duplicates.h"

namespace clipcluster::internal {

struct GreyLevel {
  int side = 0;
  std::vector<float> values;  // [side, side]

  const float* row(int y) const {
    return values.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(side);
  }
};

// Coarse to fine: 16, 32 and 64 cells a side.
using Pyramid = std::array<GreyLevel, 3>;
Pyramid make_pyramid(const GreySquare& square);

// Central differences of a level, per unit of [-1, 1], which is how far its edges lie apart.
struct Slopes {
  std::vector<float> x;
  std::vector<float> y;
};
Slopes slopes_of(const GreyLevel& level);

}  // namespace clipcluster::internal
