// What a vocabulary of the same shape that means nothing would reach.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster::naming {

struct TurnedScores {
  std::vector<double> mean;  // by cluster: the best score of any turned name
  double deviation = 1.0;    // of these, pooled over the clusters; > 0
};

// The names' vectors keep their mean and the angles between them, and are turned together by twelve random
// rotations (of Haar measure: Mezzadri, "How to generate random matrices from the classical compact
// groups", 2007). Where words and pictures have nothing to do with each other, names as they stand do no
// better. contrasts: [clusters, d] of groups.h; images: [n, d]; names: [v, d].
Result<TurnedScores> turned_scores(const MatrixF& contrasts, MatrixView<const float> images,
                                   MatrixView<const float> names, double smallest_spread,
                                   std::uint64_t seed, Progress& progress);

}  // namespace clipcluster::naming
