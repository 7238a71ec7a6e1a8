// What a new point takes from each of its nearest fitted ones.
#pragma once

#include <span>
#include <vector>

namespace clipcluster {

// exp(-(d - d_1) / s), where d_1 is the distance of the nearest and s the mean of d - d_1; all equal where
// that is 0. distances: nearest first, at least one.
std::vector<double> neighbor_weights(std::span<const float> distances);

}  // namespace clipcluster
