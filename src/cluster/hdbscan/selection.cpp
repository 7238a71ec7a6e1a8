#include "cluster/hdbscan/selection.h"

#include <algorithm>
#include <limits>

namespace clipcluster::hdbscan {
namespace {

// A chosen flag for each cluster.
using Chosen = std::vector<std::uint8_t>;

// The root is a cluster only when a single one is allowed and it is large enough to be one.
bool root_may_be_chosen(const ClusterTree& tree, const HdbscanOptions& options) {
  return options.allow_single_cluster && tree[0].size >= options.min_cluster_size;
}

// The root's size counts only what is in child clusters: points that fall out of it as noise are
// not part of a cluster that max_cluster_size could be about (as scikit-learn-contrib/hdbscan).
std::int64_t size_for_limit(const ClusterTree& tree, std::int32_t cluster) {
  if (cluster != 0) return tree[cluster].size;
  std::int64_t sum = 0;
  for (const std::int32_t child : tree[0].children) sum += tree[child].size;
  return sum;
}

void clear_below(const ClusterTree& tree, std::int32_t cluster, Chosen& chosen) {
  std::vector<std::int32_t> below = tree[cluster].children;
  for (std::size_t next = 0; next < below.size(); ++next) {
    chosen[static_cast<std::size_t>(below[next])] = 0;
    const auto& children = tree[below[next]].children;
    below.insert(below.end(), children.begin(), children.end());
  }
}

// Campello et al. 2015, section 5.4. Children have greater numbers than parents.
Chosen excess_of_mass(const ClusterTree& tree, std::vector<double>& stability,
                      const HdbscanOptions& options) {
  Chosen chosen(static_cast<std::size_t>(tree.size()), 1);
  const std::int64_t limit =
      options.max_cluster_size > 0 ? options.max_cluster_size : std::numeric_limits<std::int64_t>::max();
  const std::int32_t first = root_may_be_chosen(tree, options) ? 0 : 1;
  if (first == 1) chosen[0] = 0;
  for (std::int32_t cluster = tree.size() - 1; cluster >= first; --cluster) {
    double below = 0.0;
    for (const std::int32_t child : tree[cluster].children) {
      below += stability[static_cast<std::size_t>(child)];
    }
    double& own = stability[static_cast<std::size_t>(cluster)];
    if (below > own || size_for_limit(tree, cluster) > limit) {
      chosen[static_cast<std::size_t>(cluster)] = 0;
      own = below;
    } else {
      clear_below(tree, cluster, chosen);
    }
  }
  return chosen;
}

// Where nothing splits, the root is the only leaf. scikit-learn-contrib/hdbscan chooses nothing
// then even if a single cluster is allowed, which its maintainers call a bug (its issue 476).
Chosen leaves(const ClusterTree& tree, const HdbscanOptions& options) {
  Chosen chosen(static_cast<std::size_t>(tree.size()), 0);
  for (std::int32_t cluster = 1; cluster < tree.size(); ++cluster) {
    chosen[static_cast<std::size_t>(cluster)] = tree[cluster].children.empty() ? 1 : 0;
  }
  if (tree.size() == 1 && root_may_be_chosen(tree, options)) chosen[0] = 1;
  return chosen;
}

// The first ancestor born at a distance above epsilon; the topmost cluster below the root, or the
// root where it may be chosen, when there is none. Malzer, Baum, "A hybrid approach to
// hierarchical density-based cluster selection", MFI 2020.
std::int32_t climb(const ClusterTree& tree, std::int32_t cluster, const HdbscanOptions& options) {
  while (true) {
    const std::int32_t parent = tree[cluster].parent;
    if (parent == 0) return root_may_be_chosen(tree, options) ? 0 : cluster;
    if (1.0 / tree[parent].birth > options.cluster_selection_epsilon) return parent;
    cluster = parent;
  }
}

Chosen merge_below_epsilon(const ClusterTree& tree, const Chosen& chosen, const HdbscanOptions& options) {
  Chosen merged(chosen.size(), 0);
  for (std::int32_t cluster = 1; cluster < tree.size(); ++cluster) {
    if (chosen[static_cast<std::size_t>(cluster)] == 0) continue;
    const bool too_fine = 1.0 / tree[cluster].birth < options.cluster_selection_epsilon;
    merged[static_cast<std::size_t>(too_fine ? climb(tree, cluster, options) : cluster)] = 1;
  }
  // A cluster born at exactly epsilon may lie below one that another climbed to.
  for (std::int32_t cluster = 0; cluster < tree.size(); ++cluster) {
    if (merged[static_cast<std::size_t>(cluster)] != 0) clear_below(tree, cluster, merged);
  }
  return merged;
}

}  // namespace

Selection select_clusters(const ClusterTree& tree, std::vector<double> stability,
                          const HdbscanOptions& options) {
  Chosen chosen = options.cluster_selection_method == ClusterSelectionMethod::leaf
                      ? leaves(tree, options)
                      : excess_of_mass(tree, stability, options);
  if (options.cluster_selection_epsilon != 0.0 && chosen[0] == 0) {
    chosen = merge_below_epsilon(tree, chosen, options);
  }
  Selection selection;
  for (std::int32_t cluster = 0; cluster < tree.size(); ++cluster) {
    if (chosen[static_cast<std::size_t>(cluster)] == 0) continue;
    selection.clusters.push_back(cluster);
    selection.stability.push_back(stability[static_cast<std::size_t>(cluster)]);
  }
  return selection;
}

}  // namespace clipcluster::hdbscan
