// How far a point's neighbourhood reaches: sigma and rho of McInnes et al. 2018, section 3.1.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "clipcluster/matrix.h"

namespace clipcluster::umap {

struct SmoothDistance {
  float sigma = 0.0F;
  float rho = 0.0F;
};

// One row of neighbour distances, nearest first; infinite ones stand for no neighbour. rho is the
// local_connectivity-th distance above 0 (interpolated); sigma solves
// sum over j >= 1 of exp(-max(0, d_j - rho) / sigma) = log2(distances.size()) by bisection, in single
// precision as umap-learn does. sigma is at least a thousandth of the row's mean distance, or of
// `mean_of_all` where rho = 0. Unlike umap-learn, means leave infinite distances out.
SmoothDistance smooth_distance(std::span<const float> distances, double local_connectivity,
                               double mean_of_all);

// The mean of the finite distances, 0 if there are none.
double mean_distance(std::span<const float> distances);

// The same for every row of distances [n, k].
std::vector<SmoothDistance> smooth_distances(MatrixView<const float> distances, double local_connectivity);

}  // namespace clipcluster::umap
