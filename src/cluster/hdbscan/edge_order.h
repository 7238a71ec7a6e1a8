// The total order on edges that makes the minimum spanning tree unique: by mutual reachability
// distance, then by the distance itself, then by the smaller and the larger row number. Mutual
// reachability distances tie often, because one core distance is the weight of many edges;
// distances tie only in data with duplicates or on a grid, so only there does the tree depend on
// the order of rows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace clipcluster::hdbscan {

struct RankedEdge {
  double weight = std::numeric_limits<double>::infinity();    // squared, scaled mutual reachability
  double distance = std::numeric_limits<double>::infinity();  // squared, scaled
  std::int32_t a = std::numeric_limits<std::int32_t>::max();  // the smaller row number
  std::int32_t b = std::numeric_limits<std::int32_t>::max();
};

inline RankedEdge ranked_edge(double weight, double distance, std::int32_t id, std::int32_t other) {
  return {weight, distance, std::min(id, other), std::max(id, other)};
}

inline bool operator<(const RankedEdge& x, const RankedEdge& y) {
  if (x.weight != y.weight) return x.weight < y.weight;
  if (x.distance != y.distance) return x.distance < y.distance;
  if (x.a != y.a) return x.a < y.a;
  return x.b < y.b;
}

}  // namespace clipcluster::hdbscan
