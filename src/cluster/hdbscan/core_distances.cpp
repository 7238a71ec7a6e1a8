#include "cluster/hdbscan/core_distances.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>

#include "clipcluster/parallel.h"
#include "cluster/hdbscan/nearest_values.h"
#include "cluster/hdbscan/work_progress.h"

namespace clipcluster::hdbscan {
namespace {

constexpr std::size_t kBlocksPerChunk = 32;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The nearest few of what is offered, in order. Short, so a plain insertion keeps it.
class NearestFew {
 public:
  void reset(std::size_t keep) {
    keep_ = keep;
    count_ = 0;
    limit_ = keep == 0 ? 0.0 : kInfinity;
  }
  // Only what is below this can still be among them.
  double limit() const { return limit_; }
  void add(Neighbor offered) {
    if (!(offered.distance < limit_)) return;
    std::size_t place = count_ < keep_ ? count_++ : keep_ - 1;
    for (; place > 0 && precedes(offered, neighbors_[place - 1]); --place) {
      neighbors_[place] = neighbors_[place - 1];
    }
    neighbors_[place] = offered;
    if (count_ == keep_) limit_ = neighbors_[keep_ - 1].distance;
  }
  const Neighbor* begin() const { return neighbors_; }

 private:
  static bool precedes(const Neighbor& a, const Neighbor& b) {
    return a.distance < b.distance || (a.distance == b.distance && a.position < b.position);
  }
  Neighbor neighbors_[kMostNeighborsKept];
  std::size_t keep_ = 0;
  std::size_t count_ = 0;
  double limit_ = kInfinity;
};

// Distances of which the k smallest are wanted. Collects more than k before it drops the rest,
// which costs far less an offer than a heap does.
class SmallestDistances {
 public:
  // Room for twice k: then dropping the rest costs about as much as measuring what is kept.
  static std::size_t capacity(std::size_t k) { return 2 * k + 4 * kBlockSize; }
  void reset(std::size_t k) {
    k_ = k;
    values_.resize(capacity(k) + kBlockSize);
    count_ = 0;
    limit_ = kInfinity;
  }
  double limit() const { return limit_; }
  // Where the next 16 go; then taken() must be called.
  double* end() { return values_.data() + count_; }
  void taken(std::size_t more, double* scratch, PartValues part) {
    count_ += more;
    if (count_ >= capacity(k_)) drop_rest(scratch, part);
  }
  // limit() is then the k-th smallest, if there are k.
  void drop_rest(double* scratch, PartValues part) {
    if (count_ < k_) return;
    limit_ = keep_smallest(values_.data(), count_, k_, scratch, part);
    count_ = k_;
  }

 private:
  std::size_t k_ = 0;
  std::size_t count_ = 0;
  std::vector<double> values_;
  double limit_ = kInfinity;
};

// The neighbours of all points of one block in one walk over the tree: the nearest few, and the
// distance to the k-th.
class BlockSearch {
 public:
  BlockSearch(const KdTree& tree, std::size_t k, std::size_t keep)
      : tree_(tree), k_(k), keep_(keep), kernels_(block_kernels()), nearest_kernels_(nearest_kernels()) {
    assert(keep <= k && keep <= kMostNeighborsKept);
    points_.resize(kBlockSize * tree.dims());
    scratch_.resize(SmallestDistances::capacity(k) + kBlockSize + 8);
  }

  void run(std::size_t block) {
    block_ = block;
    count_ = tree_.block_size(block);
    std::fill(std::begin(limits_), std::end(limits_), 0.0);
    for (std::size_t i = 0; i < count_; ++i) {
      nearest_[i].reset(keep_);
      if (!few()) collected_[i].reset(k_);
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
  const NearestFew& nearest(std::size_t i) const { return nearest_[i]; }
  double kth_distance(std::size_t i) {
    if (few()) return nearest_[i].limit();
    collected_[i].drop_rest(scratch_.data(), nearest_kernels_.part);
    return collected_[i].limit();
  }

 private:
  // The nearest few include the k-th.
  bool few() const { return k_ == keep_; }
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
    std::uint32_t valid = (1U << tree_.block_size(block)) - 1;
    if (block == block_) valid &= ~(1U << i);
    std::uint32_t near = measure(i, block, valid, distances);
    const auto base = static_cast<std::int32_t>(block * kBlockSize);
    for (; near != 0; near &= near - 1) {
      const int j = std::countr_zero(near);
      nearest_[i].add({distances[j], base + j});
    }
    limits_[i] = few() ? nearest_[i].limit() : collected_[i].limit();
  }

  // Which of the block's points may be among the nearest few.
  std::uint32_t measure(std::size_t i, std::size_t block, std::uint32_t valid, double* distances) {
    const double* values = tree_.block(block);
    if (few()) return valid & kernels_.distances(point(i), values, tree_.dims(), limits_[i], distances);
    SmallestDistances& collected = collected_[i];
    const Collected more =
        nearest_kernels_.collect(point(i), values, tree_.dims(), valid,
                                 {collected.limit(), nearest_[i].limit()}, distances, collected.end());
    collected.taken(more.count, scratch_.data(), nearest_kernels_.part);
    return more.near;
  }

  const KdTree& tree_;
  std::size_t k_;
  std::size_t keep_;
  BlockKernels kernels_;
  NearestKernels nearest_kernels_;
  std::vector<double> points_;
  std::vector<double> scratch_;
  NearestFew nearest_[kBlockSize];
  SmallestDistances collected_[kBlockSize];
  double limits_[kBlockSize] = {};
  double greatest_limit_ = kInfinity;
  std::size_t block_ = 0;
  std::size_t count_ = 0;
};

// The neighbours of some points among all, without a tree.
class FlatSearch {
 public:
  FlatSearch(const FlatPoints& points, std::size_t k, std::size_t keep)
      : points_(points), k_(k), keep_(keep), part_(nearest_kernels().part), scan_(points) {
    scratch_.resize(SmallestDistances::capacity(k) + kBlockSize + 8);
  }

  void run(std::size_t begin, std::size_t end) {
    scan_.clear();
    for (std::size_t i = begin; i < end; ++i) {
      scan_.add(i);
      nearest_[i - begin].reset(keep_);
      collected_[i - begin].reset(k_);
    }
    scan_.run([&](std::size_t query) { return collected_[query].limit(); },
              [](std::size_t) { return false; },
              [&](std::size_t query, std::size_t position) { offer(query, position); });
    for (std::size_t i = begin; i < end; ++i) collected_[i - begin].drop_rest(scratch_.data(), part_);
  }
  const NearestFew& nearest(std::size_t query) const { return nearest_[query]; }
  double kth_distance(std::size_t query) const { return collected_[query].limit(); }

 private:
  void offer(std::size_t query, std::size_t position) {
    if (scan_.position(query) == position) return;
    const double distance = points_.distance(scan_.position(query), position);
    nearest_[query].add({distance, static_cast<std::int32_t>(position)});
    SmallestDistances& collected = collected_[query];
    if (!(distance < collected.limit())) return;
    *collected.end() = distance;
    collected.taken(1, scratch_.data(), part_);
  }

  const FlatPoints& points_;
  std::size_t k_;
  std::size_t keep_;
  PartValues part_;
  FlatScan scan_;
  std::vector<double> scratch_;
  NearestFew nearest_[FlatScan::kMostQueries];
  SmallestDistances collected_[FlatScan::kMostQueries];
};

}  // namespace

Result<CoreDistances> compute_core_distances(const FlatPoints& points, int min_samples, std::size_t keep,
                                             Progress& progress) {
  const auto k = static_cast<std::size_t>(min_samples);
  assert(k >= 1 && k < points.size());
  CoreDistances result;
  result.squared.resize(points.size());
  result.neighbors_kept = std::min({keep, k, kMostNeighborsKept});
  result.neighbors.resize(points.size() * result.neighbors_kept);
  const auto search = [&](std::size_t begin, std::size_t end) {
    FlatSearch found(points, k, result.neighbors_kept);
    found.run(begin, end);
    for (std::size_t i = begin; i < end; ++i) {
      result.squared[i] = found.kth_distance(i - begin);
      std::copy_n(found.nearest(i - begin).begin(), result.neighbors_kept,
                  result.neighbors.begin() + static_cast<std::ptrdiff_t>(i * result.neighbors_kept));
    }
  };
  if (!for_blocks("core distances", points.size(), FlatScan::kMostQueries, points.size(), progress,
                  search)) {
    return Status::cancelled();
  }
  return result;
}

Result<CoreDistances> compute_core_distances(const KdTree& tree, int min_samples, std::size_t keep,
                                             Progress& progress) {
  const auto k = static_cast<std::size_t>(min_samples);
  assert(k >= 1 && k < tree.size());
  CoreDistances result;
  result.squared.resize(tree.size());
  result.neighbors_kept = std::min({keep, k, kMostNeighborsKept});
  result.neighbors.resize(tree.size() * result.neighbors_kept);
  const bool finished =
      for_blocks("core distances", tree.block_count(), kBlocksPerChunk, tree.size(), progress,
                 [&](std::size_t begin, std::size_t end) {
                   BlockSearch search(tree, k, result.neighbors_kept);
                   for (std::size_t block = begin; block < end; ++block) {
                     search.run(block);
                     for (std::size_t i = 0; i < tree.block_size(block); ++i) {
                       const std::size_t position = block * kBlockSize + i;
                       result.squared[position] = search.kth_distance(i);
                       std::copy_n(search.nearest(i).begin(), result.neighbors_kept,
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
