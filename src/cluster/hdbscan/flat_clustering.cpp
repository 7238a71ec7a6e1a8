#include "cluster/hdbscan/flat_clustering.h"

#include "cluster/hdbscan/condensed_tree.h"
#include "cluster/hdbscan/labels.h"
#include "cluster/hdbscan/outlier_scores.h"
#include "cluster/hdbscan/persistence.h"
#include "cluster/hdbscan/selection.h"
#include "cluster/hdbscan/stability.h"

namespace clipcluster::hdbscan {

void cluster_from_linkage(const HdbscanOptions& options, HdbscanResult& fit) {
  const auto n = static_cast<std::int32_t>(fit.single_linkage.size()) + 1;
  fit.condensed_tree = condense(fit.single_linkage, options.min_cluster_size);
  const ClusterTree tree(fit.condensed_tree, n);
  const Selection selection = select_clusters(tree, stabilities(fit.condensed_tree, tree), options);
  fit.cluster_ids.clear();
  for (const std::int32_t cluster : selection.clusters) fit.cluster_ids.push_back(n + cluster);
  Membership membership =
      label_points(fit.condensed_tree, tree, selection.clusters, options.cluster_selection_epsilon);
  fit.labels = std::move(membership.labels);
  fit.probabilities = std::move(membership.probabilities);
  fit.outlier_scores = outlier_scores(fit.condensed_tree, tree);
  fit.persistence = cluster_persistence(tree, selection, fit.labels);
}

}  // namespace clipcluster::hdbscan
