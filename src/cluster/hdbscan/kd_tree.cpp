#include "cluster/hdbscan/kd_tree.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "clipcluster/parallel.h"

namespace clipcluster::hdbscan {
namespace {

constexpr std::size_t kRowGrain = 4096;

// Nodes of equal depth share no points, so a level can be worked on in parallel.
std::vector<std::vector<std::uint32_t>> inner_nodes_by_level(const std::vector<KdTree::Node>& nodes) {
  std::vector<std::vector<std::uint32_t>> levels;
  std::vector<std::uint32_t> level = {0};
  while (!level.empty()) {
    std::vector<std::uint32_t> next;
    std::erase_if(level, [&](std::uint32_t node) { return nodes[node].is_leaf(); });
    for (const std::uint32_t node : level) {
      next.push_back(node + 1);
      next.push_back(nodes[node].right);
    }
    levels.push_back(std::move(level));
    level = std::move(next);
  }
  return levels;
}

std::size_t widest_dimension(MatrixView<const double> points, std::span<const std::int32_t> ids) {
  const std::size_t dims = points.cols();
  std::vector<double> low(dims, std::numeric_limits<double>::infinity());
  std::vector<double> high(dims, -std::numeric_limits<double>::infinity());
  for (const std::int32_t id : ids) {
    const double* row = points.row(static_cast<std::size_t>(id));
    for (std::size_t d = 0; d < dims; ++d) {
      low[d] = std::min(low[d], row[d]);
      high[d] = std::max(high[d], row[d]);
    }
  }
  std::size_t widest = 0;
  for (std::size_t d = 1; d < dims; ++d) {
    // Halves, because the extent itself may overflow.
    if (high[d] / 2 - low[d] / 2 > high[widest] / 2 - low[widest] / 2) widest = d;
  }
  return widest;
}

}  // namespace

KdTree::KdTree(MatrixView<const double> points, std::vector<std::int32_t> ids, double scale)
    : dims_(points.cols()), scale_(scale), ids_(std::move(ids)) {
  assert(!ids_.empty() && dims_ > 0);
  build_nodes();
  sort_points(points);
  gather(points);
  build_groups();
}

KdTree KdTree::from_order(MatrixView<const double> points, std::vector<std::int32_t> order, double scale) {
  KdTree tree;
  tree.dims_ = points.cols();
  tree.scale_ = scale;
  tree.ids_ = std::move(order);
  tree.build_nodes();
  tree.gather(points);
  tree.build_groups();
  return tree;
}

void KdTree::build_nodes() {
  const auto blocks = static_cast<std::uint32_t>(block_count());
  nodes_.assign(2 * std::size_t{blocks} - 1, Node{});
  leaves_.resize(blocks);
  nodes_[0].block_end = blocks;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    const std::uint32_t count = node.block_end - node.block_begin;
    if (count == 1) {
      leaves_[node.block_begin] = i;
      continue;
    }
    const std::uint32_t left_count = (count + 1) / 2;
    const std::uint32_t middle = node.block_begin + left_count;
    node.right = i + 2 * left_count;
    nodes_[i + 1].block_begin = node.block_begin;
    nodes_[i + 1].block_end = middle;
    nodes_[node.right].block_begin = middle;
    nodes_[node.right].block_end = node.block_end;
  }
}

void KdTree::split_node(MatrixView<const double> points, std::size_t index) {
  const Node& node = nodes_[index];
  const std::size_t begin = node.block_begin * kBlockSize;
  const std::size_t middle = nodes_[node.right].block_begin * kBlockSize;
  const std::size_t end = std::min(size(), node.block_end * kBlockSize);
  const std::size_t d = widest_dimension(points, {ids_.data() + begin, end - begin});
  const auto at = [&](std::size_t position) {
    return ids_.begin() + static_cast<std::ptrdiff_t>(position);
  };
  std::nth_element(at(begin), at(middle), at(end), [&](std::int32_t a, std::int32_t b) {
    const double left = points.row(static_cast<std::size_t>(a))[d];
    const double right = points.row(static_cast<std::size_t>(b))[d];
    return left < right || (left == right && a < b);
  });
}

void KdTree::sort_points(MatrixView<const double> points) {
  for (const auto& level : inner_nodes_by_level(nodes_)) {
    parallel_for(level.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) split_node(points, level[i]);
    });
  }
}

void KdTree::gather(MatrixView<const double> points) {
  blocks_ = Matrix<double>(block_count() * dims_, kBlockSize);
  bounds_.resize(nodes_.size() * 2 * dims_);
  parallel_for(block_count(), kRowGrain / kBlockSize, [&](std::size_t begin, std::size_t end) {
    for (std::size_t b = begin; b < end; ++b) {
      const std::size_t count = block_size(b);
      double* bounds = bounds_.data() + leaves_[b] * 2 * dims_;
      for (std::size_t d = 0; d < dims_; ++d) {
        double* row = blocks_.row(b * dims_ + d);
        for (std::size_t i = 0; i < kBlockSize; ++i) {
          row[i] = i < count ? points(static_cast<std::size_t>(ids_[b * kBlockSize + i]), d) * scale_
                             : std::numeric_limits<double>::infinity();
        }
        bounds[d] = *std::min_element(row, row + count);
        bounds[dims_ + d] = *std::max_element(row, row + count);
      }
    }
  });
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    if (nodes_[i].is_leaf()) continue;
    const std::size_t left = i + 1;
    const std::size_t right = nodes_[i].right;
    double* bounds = bounds_.data() + i * 2 * dims_;
    for (std::size_t d = 0; d < dims_; ++d) {
      bounds[d] = std::min(lower(left)[d], lower(right)[d]);
      bounds[dims_ + d] = std::max(upper(left)[d], upper(right)[d]);
    }
  }
  find_smallest_ids();
}

void KdTree::find_smallest_ids() {
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    Node& node = nodes_[i];
    if (!node.is_leaf()) {
      node.smallest_id = std::min(nodes_[i + 1].smallest_id, nodes_[node.right].smallest_id);
      continue;
    }
    const auto first = ids_.begin() + static_cast<std::ptrdiff_t>(node.block_begin * kBlockSize);
    node.smallest_id =
        *std::min_element(first, first + static_cast<std::ptrdiff_t>(block_size(node.block_begin)));
  }
}

void KdTree::renumber(std::span<const std::int32_t> order) {
  std::vector<std::int32_t> number(static_cast<std::size_t>(*std::max_element(order.begin(), order.end())) +
                                   1);
  for (std::size_t i = 0; i < order.size(); ++i) {
    number[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);
  }
  for (std::int32_t& id : ids_) id = number[static_cast<std::size_t>(id)];
  find_smallest_ids();
}

void KdTree::build_groups() {
  groups_.clear();
  std::vector<std::uint32_t> heads;
  if (!nodes_[0].is_leaf()) heads.push_back(0);
  for (std::size_t next = 0; next < heads.size(); ++next) {
    nodes_[heads[next]].group = static_cast<std::uint32_t>(groups_.size());
    std::vector<std::uint32_t> level = {heads[next]};
    for (int depth = 0; depth < 3; ++depth) {
      std::vector<std::uint32_t> below;
      for (const std::uint32_t node : level) {
        if (nodes_[node].is_leaf()) {
          below.push_back(node);
        } else {
          below.push_back(node + 1);
          below.push_back(nodes_[node].right);
        }
      }
      level = std::move(below);
    }
    Group group;
    for (const std::uint32_t node : level) {
      group.nodes[group.count++] = node;
      if (!nodes_[node].is_leaf()) heads.push_back(node);
    }
    groups_.push_back(group);
  }
  group_boxes_ = Matrix<double>(groups_.size() * dims_ * 2, kBoxesInGroup);
  parallel_for(groups_.size(), kRowGrain / kBlockSize, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) fill_group(i);
  });
}

void KdTree::fill_group(std::size_t index) {
  const Group& group = groups_[index];
  for (std::size_t d = 0; d < dims_; ++d) {
    double* low = group_boxes_.row((index * dims_ + d) * 2);
    double* high = low + kBoxesInGroup;
    for (std::size_t i = 0; i < kBoxesInGroup; ++i) {
      low[i] = i < group.count ? lower(group.nodes[i])[d] : std::numeric_limits<double>::infinity();
      high[i] = i < group.count ? upper(group.nodes[i])[d] : -std::numeric_limits<double>::infinity();
    }
  }
}

void KdTree::copy_point(std::size_t position, double* out) const {
  const double* values = block(position / kBlockSize) + position % kBlockSize;
  for (std::size_t d = 0; d < dims_; ++d) out[d] = values[d * kBlockSize];
}

double KdTree::box_distance(std::size_t node, const double* low, const double* high) const {
  const double* node_low = lower(node);
  const double* node_high = upper(node);
  double sum = 0.0;
  for (std::size_t d = 0; d < dims_; ++d) {
    const double gap = std::max(0.0, std::max(node_low[d] - high[d], low[d] - node_high[d]));
    sum += gap * gap;
  }
  return sum;
}

double scale_for(MatrixView<const double> points, std::span<const std::int32_t> rows) {
  double largest = 0.0;
  for (const std::int32_t row : rows) {
    for (const double value : points.row_span(static_cast<std::size_t>(row))) {
      largest = std::max(largest, std::abs(value));
    }
  }
  // Below 2^-1000 the factor itself would overflow.
  if (largest == 0.0) return 1.0;
  return std::ldexp(1.0, -std::max(std::ilogb(largest), -1000));
}

}  // namespace clipcluster::hdbscan
