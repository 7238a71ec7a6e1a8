// What names reach in clusters that mean nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "naming/groups.h"

namespace clipcluster::naming {

struct ChanceScores {
  double mean = 0.0;
  double deviation = 1.0;
};

// The standard error of each cluster's score if the images were dealt to the clusters by chance, in units
// of the names' spread: what makes scores of clusters of any size comparable.
std::vector<double> standard_errors(const Groups& groups, std::size_t clusters);

// [clusters, v] products of contrasts and names, divided by the names' spreads.
MatrixF scores_of(const MatrixF& contrasts, MatrixView<const float> names, std::span<const double> spread);

// The best score of any name in a cluster, in standard errors, over clusters of the same sizes and weights
// whose images were dealt anew: at least ~100 such clusters, of up to 20 shuffles.
Result<ChanceScores> chance_scores(const Groups& groups, MatrixView<const float> images,
                                   std::size_t clusters, MatrixView<const float> names,
                                   std::span<const double> spread, std::uint64_t seed, Progress& progress);

}  // namespace clipcluster::naming
