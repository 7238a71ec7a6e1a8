// A rotation of space after which the first coordinates hold most of the variance.
//
// Rotating changes no distance, but a few leading coordinates then nearly decide one: the tile kernels stop
// after them where they can (bounds.h). The rotation need only be orthogonal, which is measured; how well
// it orders the variance is a matter of speed alone.
#pragma once

#include <cstddef>
#include <vector>

#include "clipcluster/matrix.h"

namespace clipcluster::neighbors {

struct Rotation {
  MatrixF axes;         // [d, d], orthonormal rows
  double defect = 0.0;  // at least |A A' - I| in the spectral norm

  // Of the variance, the share along the first 1, 2, ... axes, as far as these are ordered by it. Judged by
  // rows other than those that the axes were made of.
  std::vector<double> shares;

  bool empty() const { return axes.empty(); }
};

// How many leading axes are ordered by variance, at most; the others fill up the space.
constexpr std::size_t kLeadingAxes = 128;

// Of rows times scales less the centre, judged by a sample. Randomised subspace iteration with a
// Rayleigh-Ritz step (Halko, Martinsson and Tropp, "Finding structure with randomness", SIAM Review 2011).
Rotation principal_rotation(MatrixView<const float> rows, const std::vector<float>& scales,
                            const std::vector<float>& centre);

}  // namespace clipcluster::neighbors
