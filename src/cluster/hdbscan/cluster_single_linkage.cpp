// Many flat clusterings of one hierarchy.
#include <optional>

#include "clipcluster/hdbscan.h"
#include "cluster/hdbscan/condensed_tree.h"
#include "cluster/hdbscan/labels.h"
#include "cluster/hdbscan/selection.h"
#include "cluster/hdbscan/stability.h"

namespace clipcluster {

std::vector<std::vector<std::int32_t>> cluster_single_linkage(std::span<const LinkageRow> single_linkage,
                                                              std::span<const HdbscanOptions> options) {
  const auto n = static_cast<std::int32_t>(single_linkage.size()) + 1;
  std::vector<std::vector<std::int32_t>> labels;
  std::vector<CondensedRow> rows;
  std::optional<hdbscan::ClusterTree> tree;
  std::vector<double> stability;
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (i == 0 || options[i].min_cluster_size != options[i - 1].min_cluster_size) {
      rows = hdbscan::condense(single_linkage, options[i].min_cluster_size);
      tree.emplace(rows, n);
      stability = hdbscan::stabilities(rows, *tree);
    }
    const hdbscan::Selection selection = hdbscan::select_clusters(*tree, stability, options[i]);
    labels.push_back(
        hdbscan::label_points(rows, *tree, selection.clusters, options[i].cluster_selection_epsilon)
            .labels);
  }
  return labels;
}

}  // namespace clipcluster
