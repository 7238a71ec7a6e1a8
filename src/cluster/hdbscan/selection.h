// Which clusters of the condensed tree become the flat clustering.
#pragma once

#include <cstdint>
#include <vector>

#include "cluster/hdbscan/condensed_tree.h"

namespace clipcluster::hdbscan {

struct Selection {
  std::vector<std::int32_t> clusters;  // numbers in the ClusterTree, ascending
  // Stability of each selected cluster; where excess of mass had preferred what is below (and
  // epsilon then merged it), the sum of that, as scikit-learn-contrib/hdbscan has it.
  std::vector<double> stability;
};

Selection select_clusters(const ClusterTree& tree, std::vector<double> stability,
                          const HdbscanOptions& options);

}  // namespace clipcluster::hdbscan
