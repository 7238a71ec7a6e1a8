#include "cluster/hdbscan/condensed_tree.h"

#include <algorithm>
#include <cmath>

namespace clipcluster::hdbscan {
namespace {

class Condenser {
 public:
  Condenser(std::span<const LinkageRow> linkage, int min_cluster_size)
      : linkage_(linkage),
        points_(static_cast<std::int64_t>(linkage.size()) + 1),
        min_cluster_size_(min_cluster_size),
        next_cluster_(static_cast<std::int32_t>(points_) + 1) {}

  std::vector<CondensedRow> run() {
    rows_.reserve(linkage_.size() + linkage_.size() / 8 + 1);
    queue_.push_back({2 * points_ - 2, static_cast<std::int32_t>(points_)});
    for (std::size_t next = 0; next < queue_.size(); ++next) split(queue_[next]);
    return std::move(rows_);
  }

 private:
  struct Part {
    std::int64_t node;
    std::int32_t cluster;
  };

  const LinkageRow& row(std::int64_t node) const {
    return linkage_[static_cast<std::size_t>(node - points_)];
  }
  std::int64_t size_of(std::int64_t node) const { return node < points_ ? 1 : row(node).size; }

  void split(Part part) {
    const LinkageRow& merge = row(part.node);
    const bool left_stays = size_of(merge.left) >= min_cluster_size_;
    const bool right_stays = size_of(merge.right) >= min_cluster_size_;
    const double lambda = 1.0 / merge.distance;
    if (left_stays && right_stays && std::isfinite(lambda)) {
      start_cluster(merge.left, part.cluster, lambda);
      start_cluster(merge.right, part.cluster, lambda);
      return;
    }
    if (!std::isfinite(lambda)) {
      shed(part.node, part.cluster, lambda);
      return;
    }
    if (left_stays) {
      queue_.push_back({merge.left, part.cluster});
    } else {
      shed(merge.left, part.cluster, lambda);
    }
    if (right_stays) {
      queue_.push_back({merge.right, part.cluster});
    } else {
      shed(merge.right, part.cluster, lambda);
    }
  }

  void start_cluster(std::int64_t node, std::int32_t parent, double lambda) {
    rows_.push_back({parent, next_cluster_, lambda, static_cast<std::int32_t>(size_of(node))});
    queue_.push_back({node, next_cluster_++});
  }

  // All points below `node` leave `cluster`.
  void shed(std::int64_t node, std::int32_t cluster, double lambda) {
    shed_.assign(1, node);
    for (std::size_t next = 0; next < shed_.size(); ++next) {
      const std::int64_t current = shed_[next];
      if (current < points_) {
        rows_.push_back({cluster, static_cast<std::int32_t>(current), lambda, 1});
      } else {
        shed_.push_back(row(current).left);
        shed_.push_back(row(current).right);
      }
    }
  }

  std::span<const LinkageRow> linkage_;
  std::int64_t points_;
  std::int64_t min_cluster_size_;
  std::int32_t next_cluster_;
  std::vector<Part> queue_;
  std::vector<std::int64_t> shed_;
  std::vector<CondensedRow> rows_;
};

}  // namespace

std::vector<CondensedRow> condense(std::span<const LinkageRow> linkage, int min_cluster_size) {
  // A single point never joins anything: it is in the root at lambda 0.
  if (linkage.empty()) return {{1, 0, 0.0, 1}};
  return Condenser(linkage, min_cluster_size).run();
}

ClusterTree::ClusterTree(std::span<const CondensedRow> rows, std::int32_t root_id) : root_id_(root_id) {
  clusters_.resize(1);
  for (const CondensedRow& row : rows) {
    if (is_cluster(row.child)) {
      clusters_.resize(std::max(clusters_.size(), static_cast<std::size_t>(number_of(row.child)) + 1));
    }
  }
  for (const CondensedRow& row : rows) {
    Cluster& parent = clusters_[static_cast<std::size_t>(number_of(row.parent))];
    if (std::isfinite(row.lambda)) {
      parent.greatest_lambda = std::max(parent.greatest_lambda, row.lambda);
    } else {
      parent.has_infinite_lambda = true;
    }
    if (parent.parent < 0) parent.size += row.child_size;
    if (!is_cluster(row.child)) continue;
    parent.children.push_back(number_of(row.child));
    Cluster& child = clusters_[static_cast<std::size_t>(number_of(row.child))];
    child.parent = number_of(row.parent);
    child.birth = row.lambda;
    child.size = row.child_size;
  }
}

}  // namespace clipcluster::hdbscan
