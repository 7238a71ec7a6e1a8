// A balanced kd-tree over float64 points: Bentley, "Multidimensional binary search trees used for
// associative searching", CACM 1975. Points are stored in tree order, in full blocks of 16 with the
// coordinates of a dimension side by side; a leaf is one block. The tree is a function of the
// points alone, never of the threads that built it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/status.h"
#include "cluster/hdbscan/block_distances.h"

namespace clipcluster::hdbscan {

class KdTree {
 public:
  // Nodes lie in preorder: the left child follows its parent.
  struct Node {
    std::uint32_t right = 0;  // 0 in a leaf
    std::uint32_t block_begin = 0;
    std::uint32_t block_end = 0;
    std::int32_t smallest_id = 0;
    std::uint32_t group = 0;  // in an inner node: its group
    bool is_leaf() const { return right == 0; }
  };
  // What a walk looks at in one step: the up to 8 descendants of an inner node three levels down,
  // or leaves before that.
  struct Group {
    std::uint32_t count = 0;
    std::uint32_t nodes[kBoxesInGroup] = {};
  };

  KdTree() = default;
  // `points`: [n, d], n >= 1, d >= 1, finite. `ids`: [n], the row of `points` that each entry is;
  // rows not in it take no part. Every coordinate is multiplied by `scale`, a power of two.
  KdTree(MatrixView<const double> points, std::vector<std::int32_t> ids, double scale);
  // The same tree from the order() of an earlier one, without sorting. Any permutation of the ids
  // gives correct answers.
  static KdTree from_order(MatrixView<const double> points, std::vector<std::int32_t> order, double scale);

  // Gives every point its place in `order` ([n], the rows) as its id.
  void renumber(std::span<const std::int32_t> order);

  std::size_t size() const { return ids_.size(); }
  std::size_t dims() const { return dims_; }
  double scale() const { return scale_; }
  std::size_t block_count() const { return (size() + kBlockSize - 1) / kBlockSize; }
  // Position in tree order -> row. Block b holds positions [16 b, 16 b + 16), cut at size().
  const std::vector<std::int32_t>& order() const { return ids_; }
  std::int32_t id(std::size_t position) const { return ids_[position]; }
  std::size_t block_size(std::size_t block) const {
    return std::min(kBlockSize, size() - block * kBlockSize);
  }

  const std::vector<Node>& nodes() const { return nodes_; }
  const double* lower(std::size_t node) const { return bounds_.data() + node * 2 * dims_; }
  const double* upper(std::size_t node) const { return lower(node) + dims_; }
  std::size_t leaf_of_block(std::size_t block) const { return leaves_[block]; }
  const Group& group(std::size_t index) const { return groups_[index]; }
  // [d, 2, 8]: the boxes of a group's nodes, those past its count empty.
  const double* group_boxes(std::size_t index) const {
    return group_boxes_.data() + index * dims_ * 2 * kBoxesInGroup;
  }
  // [d, 16]; places past size() hold infinity.
  const double* block(std::size_t index) const { return blocks_.data() + index * dims_ * kBlockSize; }
  // Copies the point at `position`, scaled, to out: [d].
  void copy_point(std::size_t position, double* out) const;

  // A lower bound, also in floating point, of the squared distances between a node's points and
  // those in the box [low, high].
  double box_distance(std::size_t node, const double* low, const double* high) const;
  double point_distance(std::size_t node, const double* point) const {
    return box_distance(node, point, point);
  }

 private:
  void build_nodes();
  void sort_points(MatrixView<const double> points);
  void split_node(MatrixView<const double> points, std::size_t node);
  void gather(MatrixView<const double> points);
  void find_smallest_ids();
  void build_groups();
  void fill_group(std::size_t index);

  std::size_t dims_ = 0;
  double scale_ = 1.0;
  std::vector<std::int32_t> ids_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> leaves_;
  std::vector<double> bounds_;  // [nodes, 2, d]: lower corner, upper corner
  Matrix<double> blocks_;       // [blocks * d, 16]
  std::vector<Group> groups_;
  Matrix<double> group_boxes_;  // [groups * d * 2, 8]
};

// Squares of scaled distances neither overflow nor vanish when the largest coordinate is near 1.
// Multiplying by a power of two changes no bit of a mantissa.
double scale_for(MatrixView<const double> points, std::span<const std::int32_t> rows);

// Visits the blocks that may hold near points, nearest boxes first. skip(node, distance) decides
// with the box distance whether a node is left out; it is asked when the node is found and again
// when its turn comes, and must not go back on a yes. visit(leaf, block) looks at a block.
template <class Skip, class Visit>
void visit_near(const KdTree& tree, const double* low, const double* high, Skip&& skip, Visit&& visit) {
  struct Waiting {
    std::uint32_t node;
    double distance;
  };
  // 2^32 blocks are 11 groups deep, each of which leaves at most 7 siblings waiting.
  Waiting stack[128];
  std::size_t waiting = 0;
  stack[waiting++] = {0, tree.box_distance(0, low, high)};
  const BoxDistances measure = block_kernels().boxes;
  const auto after = [&](const Waiting& a, const Waiting& b) {
    return a.distance > b.distance || (a.distance == b.distance &&
                                       tree.nodes()[a.node].smallest_id > tree.nodes()[b.node].smallest_id);
  };
  while (waiting > 0) {
    const Waiting current = stack[--waiting];
    if (skip(current.node, current.distance)) continue;
    const KdTree::Node& node = tree.nodes()[current.node];
    if (node.is_leaf()) {
      visit(current.node, node.block_begin);
      continue;
    }
    double distances[kBoxesInGroup];
    measure(low, high, tree.group_boxes(node.group), tree.dims(), distances);
    const KdTree::Group& group = tree.group(node.group);
    const std::size_t bottom = waiting;
    for (std::size_t i = 0; i < group.count; ++i) {
      const Waiting found = {group.nodes[i], distances[i]};
      if (skip(found.node, found.distance)) continue;
      std::size_t place = waiting++;
      for (; place > bottom && after(found, stack[place - 1]); --place) stack[place] = stack[place - 1];
      stack[place] = found;
    }
  }
}

}  // namespace clipcluster::hdbscan
