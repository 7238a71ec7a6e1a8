#include "cluster/hdbscan/core_distances.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>

#include "clipcluster/parallel.h"
#include "cluster/hdbscan/work_progress.h"

namespace clipcluster::hdbscan {
namespace {

constexpr std::size_t kBlocksPerChunk = 32;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The k smallest of what is offered. Collects more than k before it drops the rest, which costs far
// less an offer than a heap does.
class SmallestDistances {
 public:
  void reset(std::size_t k) {
    k_ = k;
    kept_.clear();
    kept_.reserve(2 * k + kBlockSize);
    limit_ = kInfinity;
  }
  // Nothing that is not below this can be among the k smallest.
  double limit() const { return limit_; }
  void add(double distance, std::int32_t position) {
    kept_.push_back({distance, position});
    if (kept_.size() == kept_.capacity()) drop_rest();
  }
  void drop_rest() {
    if (kept_.size() < k_) return;
    const auto kth = kept_.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
    std::nth_element(kept_.begin(), kth, kept_.end(), Precedes());
    limit_ = kth->distance;
    kept_.resize(k_);
  }
  // The `count` smallest, ascending; limit() is then the k-th.
  const std::vector<Neighbor>& smallest(std::size_t count) {
    drop_rest();
    std::partial_sort(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(count), kept_.end(),
                      Precedes());
    return kept_;
  }

 private:
  // A type, not a function, so that the sorts inline it.
  struct Precedes {
    bool operator()(const Neighbor& a, const Neighbor& b) const {
      return a.distance < b.distance || (a.distance == b.distance && a.position < b.position);
    }
  };
  std::size_t k_ = 0;
  std::vector<Neighbor> kept_;
  double limit_ = kInfinity;
};

// The neighbours of all points of one block in one walk over the tree.
class BlockSearch {
 public:
  BlockSearch(const KdTree& tree, std::size_t k) : tree_(tree), k_(k), kernels_(block_kernels()) {
    points_.resize(kBlockSize * tree.dims());
  }

  void run(std::size_t block) {
    block_ = block;
    count_ = tree_.block_size(block);
    std::fill(std::begin(limits_), std::end(limits_), 0.0);
    for (std::size_t i = 0; i < count_; ++i) {
      found_[i].reset(k_);
      limits_[i] = kInfinity;
      tree_.copy_point(block * kBlockSize + i, point(i));
    }
    greatest_limit_ = kInfinity;
    const std::size_t own_leaf = tree_.leaf_of_block(block);
    visit(own_leaf, block);
    visit_near(
        tree_, tree_.lower(own_leaf), tree_.upper(own_leaf),
        [&](std::size_t node, double distance) { return node == own_leaf || distance >= greatest_limit_; },
        [&](std::size_t leaf, std::size_t other) { visit(leaf, other); });
  }
  const std::vector<Neighbor>& smallest(std::size_t i, std::size_t count) {
    return found_[i].smallest(count);
  }
  double kth_distance(std::size_t i) const { return found_[i].limit(); }

 private:
  double* point(std::size_t i) { return points_.data() + i * tree_.dims(); }

  void visit(std::size_t leaf, std::size_t block) {
    std::uint32_t near =
        kernels_.near_box(tree_.lower(leaf), tree_.upper(leaf), tree_.block(block_), tree_.dims(), limits_);
    if (near == 0) return;
    for (; near != 0; near &= near - 1) compare(static_cast<std::size_t>(std::countr_zero(near)), block);
    greatest_limit_ = *std::max_element(limits_, limits_ + count_);
  }

  void compare(std::size_t i, std::size_t block) {
    double distances[kBlockSize];
    std::uint32_t within =
        kernels_.distances(point(i), tree_.block(block), tree_.dims(), limits_[i], distances);
    within &= (1U << tree_.block_size(block)) - 1;
    if (block == block_) within &= ~(1U << i);
    const auto base = static_cast<std::int32_t>(block * kBlockSize);
    for (; within != 0; within &= within - 1) {
      const int j = std::countr_zero(within);
      found_[i].add(distances[j], base + j);
    }
    limits_[i] = found_[i].limit();
  }

  const KdTree& tree_;
  std::size_t k_;
  BlockKernels kernels_;
  std::vector<double> points_;
  SmallestDistances found_[kBlockSize];
  double limits_[kBlockSize] = {};
  double greatest_limit_ = kInfinity;
  std::size_t block_ = 0;
  std::size_t count_ = 0;
};

}  // namespace

Result<CoreDistances> compute_core_distances(const KdTree& tree, int min_samples, std::size_t keep,
                                             Progress& progress) {
  const auto k = static_cast<std::size_t>(min_samples);
  assert(k >= 1 && k < tree.size());
  CoreDistances result;
  result.squared.resize(tree.size());
  result.neighbors_kept = std::min(keep, k);
  result.neighbors.resize(tree.size() * result.neighbors_kept);
  const bool finished =
      for_blocks("core distances", tree.block_count(), kBlocksPerChunk, tree.size(), progress,
                 [&](std::size_t begin, std::size_t end) {
                   BlockSearch search(tree, k);
                   for (std::size_t block = begin; block < end; ++block) {
                     search.run(block);
                     for (std::size_t i = 0; i < tree.block_size(block); ++i) {
                       const std::size_t position = block * kBlockSize + i;
                       const std::vector<Neighbor>& found = search.smallest(i, result.neighbors_kept);
                       result.squared[position] = search.kth_distance(i);
                       std::copy_n(found.begin(), result.neighbors_kept,
                                   result.neighbors.begin() +
                                       static_cast<std::ptrdiff_t>(position * result.neighbors_kept));
                     }
                   }
                 });
  if (!finished) return Status::cancelled();
  return result;
}

std::vector<Neighbor> nearest_neighbors(const KdTree& tree, const double* query, std::size_t k) {
  assert(k >= 1 && k <= tree.size());
  const BlockDistances measure = block_kernels().distances;
  const auto nearer = [&](const Neighbor& a, const Neighbor& b) {
    return a.distance < b.distance ||
           (a.distance == b.distance &&
            tree.id(static_cast<std::size_t>(a.position)) < tree.id(static_cast<std::size_t>(b.position)));
  };
  std::vector<Neighbor> heap;
  heap.reserve(k + 1);
  const auto worst = [&] { return heap.size() < k ? kInfinity : heap.front().distance; };
  visit_near(
      tree, query, query,
      [&](std::size_t node, double distance) {
        // Among equal distances a smaller id wins; without this a heap of exact duplicates would
        // be walked through as a whole.
        return distance > worst() ||
               (heap.size() == k && distance == worst() &&
                tree.nodes()[node].smallest_id > tree.id(static_cast<std::size_t>(heap.front().position)));
      },
      [&](std::size_t, std::size_t block) {
        double distances[kBlockSize];
        measure(query, tree.block(block), tree.dims(), kInfinity, distances);
        for (std::size_t j = 0; j < tree.block_size(block); ++j) {
          if (distances[j] > worst()) continue;
          heap.push_back({distances[j], static_cast<std::int32_t>(block * kBlockSize + j)});
          std::push_heap(heap.begin(), heap.end(), nearer);
          if (heap.size() <= k) continue;
          std::pop_heap(heap.begin(), heap.end(), nearer);
          heap.pop_back();
        }
      });
  std::sort_heap(heap.begin(), heap.end(), nearer);
  return heap;
}

}  // namespace clipcluster::hdbscan
