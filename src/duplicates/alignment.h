// Finding how one picture lies over another: inverse compositional Gauss-Newton steps (Baker and
// Matthews, 2004), the slopes being those of the first picture.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "duplicates/overlay.h"
#include "duplicates/pyramid.h"

namespace clipcluster::internal {

// A picture that others are laid over, with what does not depend on the others.
struct Template {
  Pyramid pyramid;
  ColourLevels colours;
  float aspect = 1.0F;
  std::array<Slopes, 3> slopes;
  // Of the coarsest level: how its cells' values change with each parameter, and the inverse of their
  // products' sums.
  std::array<std::vector<float>, 4> changes;
  Eigen::Matrix4f inverse;
};
Template make_template(const PictureSquare& square);

// On the coarsest level, all cells alike: cheap, since nearly all pairs end here.
void place_coarsely(const Template& first, const Level& second, int steps, Placement& placement);
// On level 1 or 2; places that differ much (a caption, a mark) count little.
void place_finely(const Template& first, const Level& second, std::size_t level, int steps,
                  Placement& placement);

// Correlation of what both show, -1..1; 0 when they share less than a quarter.
float correlation(const Level& first, const Level& second, const Placement& placement);

}  // namespace clipcluster::internal
