// The half of HDBSCAN that needs no distances any more: from single linkage to labels.
#pragma once

#include "clipcluster/hdbscan.h"

namespace clipcluster::hdbscan {

// Reads fit.single_linkage, over points 0..n-1 (n = its rows + 1), and fills condensed_tree,
// cluster_ids, labels, probabilities, outlier_scores and persistence.
void cluster_from_linkage(const HdbscanOptions& options, HdbscanResult& fit);

}  // namespace clipcluster::hdbscan
