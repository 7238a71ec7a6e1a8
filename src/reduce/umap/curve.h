// The curve 1 / (1 + a d^(2b)) that turns a distance in the layout into a membership strength.
#pragma once

namespace clipcluster::umap {

struct Curve {
  double a = 1.0;
  double b = 1.0;
};

// Least squares on 300 points of [0, 3 spread] against 1 up to min_dist and
// exp(-(d - min_dist) / spread) beyond, from a = b = 1: the minimum that umap-learn's find_ab_params
// finds. 0 <= min_dist <= spread, spread > 0.
Curve fit_curve(double min_dist, double spread);

}  // namespace clipcluster::umap
