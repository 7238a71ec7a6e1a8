// HDBSCAN once more, by its definitions and without any cleverness: full distance matrix, Kruskal,
// sets of points at each level. O(n^3), for small n. The order among equal edges is the library's.
#pragma once

#include "clipcluster/hdbscan.h"

namespace clipcluster::testing {

// Core distances, spanning tree and, by walking the levels of the hierarchy from above, labels and
// probabilities for excess of mass or leaf without epsilon, size limit or single cluster. Labels
// count up in the order of each cluster's first point.
struct HdbscanReference {
  std::vector<double> core_distances;
  std::vector<SpanningEdge> spanning_tree;
  std::vector<std::int32_t> labels;
  std::vector<double> probabilities;
  std::vector<double> outlier_scores;
};
HdbscanReference hdbscan_by_definition(MatrixView<const double> points, const HdbscanOptions& options);

// Renumbered so that labels count up in the order of each cluster's first point.
std::vector<std::int32_t> in_order_of_appearance(const std::vector<std::int32_t>& labels);

}  // namespace clipcluster::testing
