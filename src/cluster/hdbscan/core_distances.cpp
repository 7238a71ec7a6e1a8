#include "cluster/hdbscan/core_distances.h"

#include <algorithm>
#include <atomic>
#include <limits>

#include "clipcluster/parallel.h"
#include "cluster/hdbscan/work_progress.h"

namespace clipcluster::hdbscan {
namespace {

constexpr std::size_t kBlocksPerChunk = 32;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The k smallest of what is offered: a max-heap, full from the start.
class SmallestDistances {
 public:
  void reset(std::size_t k) { heap_.assign(k, {kInfinity, -1}); }
  double worst() const { return heap_.front().distance; }
  void offer(double distance, std::int32_t position) {
    if (!(distance < worst())) return;
    std::size_t hole = 0;
    for (std::size_t child = 1; child < heap_.size(); child = 2 * hole + 1) {
      if (child + 1 < heap_.size() && heap_[child].distance < heap_[child + 1].distance) ++child;
      if (!(distance < heap_[child].distance)) break;
      heap_[hole] = heap_[child];
      hole = child;
    }
    heap_[hole] = {distance, position};
  }
  const std::vector<Neighbor>& sorted() {
    std::sort(heap_.begin(), heap_.end(), [](const Neighbor& a, const Neighbor& b) {
      return a.distance < b.distance || (a.distance == b.distance && a.position < b.position);
    });
    return heap_;
  }

 private:
  std::vector<Neighbor> heap_;
};

// The neighbours of all points of one block in one walk over the tree.
class BlockSearch {
 public:
  BlockSearch(const KdTree& tree, std::size_t k) : tree_(tree), k_(k), distances_(block_distances()) {
    points_.resize(kBlockSize * tree.dims());
  }

  void run(std::size_t block) {
    first_ = block * kBlockSize;
    count_ = tree_.block_size(block);
    for (std::size_t i = 0; i < count_; ++i) {
      heaps_[i].reset(k_);
      tree_.copy_point(first_ + i, point(i));
    }
    const std::size_t own_leaf = tree_.leaf_of_block(block);
    visit(own_leaf, block);
    visit_near(
        tree_, tree_.lower(own_leaf), tree_.upper(own_leaf),
        [&](std::size_t node, double distance) { return node == own_leaf || distance >= worst_; },
        [&](std::size_t leaf, std::size_t other) { visit(leaf, other); });
  }
  const std::vector<Neighbor>& sorted(std::size_t i) { return heaps_[i].sorted(); }

 private:
  double* point(std::size_t i) { return points_.data() + i * tree_.dims(); }

  void visit(std::size_t leaf, std::size_t block) {
    const std::size_t others = tree_.block_size(block);
    const auto base = static_cast<std::int32_t>(block * kBlockSize);
    double distances[kBlockSize];
    worst_ = 0.0;
    for (std::size_t i = 0; i < count_; ++i) {
      SmallestDistances& heap = heaps_[i];
      if (tree_.point_distance(leaf, point(i)) < heap.worst()) {
        distances_(point(i), tree_.block(block), tree_.dims(), distances);
        for (std::size_t j = 0; j < others; ++j) {
          const auto position = base + static_cast<std::int32_t>(j);
          if (distances[j] < heap.worst() && position != static_cast<std::int32_t>(first_ + i)) {
            heap.offer(distances[j], position);
          }
        }
      }
      worst_ = std::max(worst_, heap.worst());
    }
  }

  const KdTree& tree_;
  std::size_t k_;
  BlockDistances distances_;
  std::vector<double> points_;
  SmallestDistances heaps_[kBlockSize];
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  double worst_ = kInfinity;
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
                       const std::vector<Neighbor>& found = search.sorted(i);
                       result.squared[position] = found.back().distance;
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
  const BlockDistances measure = block_distances();
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
        measure(query, tree.block(block), tree.dims(), distances);
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
