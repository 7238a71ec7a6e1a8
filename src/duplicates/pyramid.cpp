#include "duplicates/pyramid.h"

#include <algorithm>

namespace clipcluster::internal {
namespace {

Level halve(const Level& fine) {
  Level coarse{fine.side / 2, {}};
  coarse.values.reserve(fine.values.size() / 4);
  for (int y = 0; y < fine.side; y += 2) {
    const float* upper = fine.row(y);
    const float* lower = fine.row(y + 1);
    for (int x = 0; x < fine.side; x += 2) {
      coarse.values.push_back(0.25F * (upper[x] + upper[x + 1] + lower[x] + lower[x + 1]));
    }
  }
  return coarse;
}

// With weights 1/4, 1/2, 1/4 along rows, then along columns.
Level blur(const Level& level) {
  const int last = level.side - 1;
  Level along_rows{level.side, std::vector<float>(level.values.size())};
  Level result = along_rows;
  for (int y = 0; y <= last; ++y) {
    const float* from = level.row(y);
    float* to = along_rows.values.data() + static_cast<std::ptrdiff_t>(y) * level.side;
    for (int x = 0; x <= last; ++x) {
      to[x] = 0.25F * (from[std::max(0, x - 1)] + 2.0F * from[x] + from[std::min(last, x + 1)]);
    }
  }
  for (int y = 0; y <= last; ++y) {
    const float* above = along_rows.row(std::max(0, y - 1));
    const float* here = along_rows.row(y);
    const float* below = along_rows.row(std::min(last, y + 1));
    float* to = result.values.data() + static_cast<std::ptrdiff_t>(y) * level.side;
    for (int x = 0; x <= last; ++x) to[x] = 0.25F * (above[x] + 2.0F * here[x] + below[x]);
  }
  return result;
}

}  // namespace

Pyramid make_pyramid(const PictureSquare& square) {
  Pyramid pyramid;
  const Level full = {PictureSquare::side, {square.grey.begin(), square.grey.end()}};
  // Copies of other sizes or crops have their details at other places within a cell.
  pyramid[2] = blur(full);
  pyramid[1] = halve(full);
  pyramid[0] = halve(pyramid[1]);
  return pyramid;
}

Level coarsest_level(const PictureSquare& square) {
  return halve(halve({PictureSquare::side, {square.grey.begin(), square.grey.end()}}));
}

ColourLevels colour_levels(const PictureSquare& square) {
  constexpr int kSide = PictureSquare::colour_side;
  return {Level{kSide, {square.blue.begin(), square.blue.end()}},
          Level{kSide, {square.red.begin(), square.red.end()}}};
}

Slopes slopes_of(const Level& level) {
  Slopes slopes;
  const int last = level.side - 1;
  const auto unit = [&](int from, int to) {
    return static_cast<float>(level.side) / static_cast<float>(2 * (to - from));
  };
  for (int y = 0; y < level.side; ++y) {
    const int top = std::max(0, y - 1);
    const int bottom = std::min(last, y + 1);
    for (int x = 0; x < level.side; ++x) {
      const int left = std::max(0, x - 1);
      const int right = std::min(last, x + 1);
      slopes.x.push_back((level.row(y)[right] - level.row(y)[left]) * unit(left, right));
      slopes.y.push_back((level.row(bottom)[x] - level.row(top)[x]) * unit(top, bottom));
    }
  }
  return slopes;
}

}  // namespace clipcluster::internal
