// Boruvka's algorithm on a kd-tree, after March, Ram, Gray, "Fast Euclidean minimum spanning tree",
// KDD 2010, and McInnes, Healy, "Accelerated hierarchical density based clustering", 2017. In each
// round every component looks for its least outgoing edge; all of these enter the tree.
//
// A round's result is a minimum over a total order, so it does not depend on what was skipped on
// the way, as long as only edges that cannot win were. That allows the bound a component's points
// share to be lowered by any thread at any time.
#include <atomic>
#include <bit>
#include <cstdint>
#include <limits>

#include "clipcluster/parallel.h"
#include "cluster/hdbscan/disjoint_sets.h"
#include "cluster/hdbscan/spanning_tree.h"

namespace clipcluster::hdbscan {
namespace {

constexpr std::size_t kBlocksPerChunk = 16;
// Points that search are few in later rounds; a scan is worth its while with many at once.
constexpr std::size_t kBlocksPerFlatChunk = 64;
constexpr std::size_t kPositionsPerChunk = 4096;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The least edge known to leave a point's component. While the component grows the edge may turn
// inwards; `bound` stays true, for the edges that leave only become fewer.
struct Outgoing {
  RankedEdge edge;
  std::int32_t target = -1;  // position; -1: none known
  double bound = 0.0;        // no edge that leaves weighs less
  bool least = false;        // nothing precedes `edge`, as long as it leaves
};

class Boruvka {
 public:
  // flat: null, or the same points for a search without the tree's boxes.
  Boruvka(const KdTree& tree, const FlatPoints* flat, const CoreDistances& cores)
      : tree_(tree),
        flat_(flat),
        cores_(cores),
        kernels_(block_kernels()),
        sets_(tree.size()),
        component_(tree.size()),
        node_component_(tree.nodes().size()),
        node_core_(tree.nodes().size(), kInfinity),
        outgoing_(tree.size()),
        position_of_(*std::max_element(tree.order().begin(), tree.order().end()) + std::size_t{1}) {
    for (std::size_t i = 0; i < tree.size(); ++i) {
      position_of_[static_cast<std::size_t>(tree.id(i))] = static_cast<std::int32_t>(i);
      outgoing_[i].bound = cores.squared[i];
    }
    find_least_cores();
  }

  bool done() const { return edges_.size() + 1 == tree_.size(); }
  const std::vector<RankedEdge>& edges() const { return edges_; }

  // False when cancelled.
  bool round(Progress& progress);

 private:
  class BlockSearch;
  class FlatSearch;

  void find_least_cores() {
    for (std::size_t i = tree_.nodes().size(); i-- > 0;) {
      const KdTree::Node& node = tree_.nodes()[i];
      if (node.is_leaf()) {
        const std::size_t first = node.block_begin * kBlockSize;
        for (std::size_t j = 0; j < tree_.block_size(node.block_begin); ++j) {
          node_core_[i] = std::min(node_core_[i], cores_.squared[first + j]);
        }
      } else {
        node_core_[i] = std::min(node_core_[i + 1], node_core_[node.right]);
      }
    }
  }

  // Numbers the components 0.. and notes which nodes lie inside one.
  void label_components() {
    std::vector<std::int32_t> number(tree_.size(), -1);
    component_count_ = 0;
    for (std::size_t i = 0; i < tree_.size(); ++i) {
      std::int32_t& label = number[static_cast<std::size_t>(sets_.find(static_cast<std::int32_t>(i)))];
      if (label < 0) label = component_count_++;
      component_[i] = label;
    }
    for (std::size_t i = tree_.nodes().size(); i-- > 0;) {
      const KdTree::Node& node = tree_.nodes()[i];
      if (node.is_leaf()) {
        const auto first = component_.begin() + static_cast<std::ptrdiff_t>(node.block_begin * kBlockSize);
        const auto last = first + static_cast<std::ptrdiff_t>(tree_.block_size(node.block_begin));
        node_component_[i] =
            std::all_of(first, last, [&](std::int32_t c) { return c == *first; }) ? *first : -1;
      } else {
        node_component_[i] =
            node_component_[i + 1] == node_component_[node.right] ? node_component_[i + 1] : -1;
      }
    }
  }

  bool leaves(std::size_t position) const {
    const std::int32_t target = outgoing_[position].target;
    return target >= 0 && component_[static_cast<std::size_t>(target)] != component_[position];
  }
  bool settled(std::size_t position) const { return leaves(position) && outgoing_[position].least; }

  // The neighbours found with the core distances often hold the least edge already.
  void refresh_from_neighbors() {
    parallel_for(tree_.size(), kPositionsPerChunk, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        if (!leaves(i)) refresh_from_neighbors(i);
      }
    });
  }
  void refresh_from_neighbors(std::size_t i) {
    const Neighbor* neighbors = cores_.neighbors.data() + i * cores_.neighbors_kept;
    Outgoing& outgoing = outgoing_[i];
    outgoing.edge = {};
    outgoing.target = -1;
    for (std::size_t j = 0; j < cores_.neighbors_kept; ++j) {
      const auto other = static_cast<std::size_t>(neighbors[j].position);
      if (component_[other] == component_[i]) continue;
      const double weight = std::max({neighbors[j].distance, cores_.squared[i], cores_.squared[other]});
      const RankedEdge edge = ranked_edge(weight, neighbors[j].distance, tree_.id(i), tree_.id(other));
      if (edge < outgoing.edge) {
        outgoing.edge = edge;
        outgoing.target = neighbors[j].position;
      }
    }
    // Everything that is not in the list is at least as far as its last entry. At equal weight and
    // distance row numbers decide, and those outside the list are not known.
    const double reach = cores_.neighbors_kept == 0 ? 0.0 : neighbors[cores_.neighbors_kept - 1].distance;
    const double elsewhere = std::max(reach, cores_.squared[i]);
    const bool beaten_elsewhere = outgoing.edge.weight > elsewhere ||
                                  (outgoing.edge.weight == elsewhere && outgoing.edge.distance >= reach);
    outgoing.least = !beaten_elsewhere;
    outgoing.bound = std::max(outgoing.bound, outgoing.least ? outgoing.edge.weight : elsewhere);
  }

  void set_bounds() {
    bounds_ = std::vector<std::atomic<double>>(static_cast<std::size_t>(component_count_));
    for (auto& bound : bounds_) bound.store(kInfinity, std::memory_order_relaxed);
    for (std::size_t i = 0; i < tree_.size(); ++i) {
      if (leaves(i)) lower_bound_of(component_[i], outgoing_[i].edge.weight);
    }
  }
  // Nothing to look for: the least edge is known, or the component has a better one.
  bool needs_no_search(std::size_t i) const {
    return settled(i) || outgoing_[i].bound > bound_of(component_[i]);
  }
  // What an edge of this point may weigh to be of use.
  double useful_weight(std::size_t i) const {
    return std::min(outgoing_[i].edge.weight, bound_of(component_[i]));
  }
  // All that was skipped weighed more than some bound of its time, and bounds only sink, to the
  // present one.
  void conclude(std::size_t i) {
    Outgoing& outgoing = outgoing_[i];
    outgoing.bound = std::max(outgoing.bound, useful_weight(i));
    outgoing.least = outgoing.edge.weight <= bound_of(component_[i]);
  }
  // Takes the edge to `other` if it precedes the point's present one.
  void offer(std::size_t i, std::size_t other, double distance) {
    const double weight = std::max({distance, cores_.squared[i], cores_.squared[other]});
    Outgoing& outgoing = outgoing_[i];
    if (weight > outgoing.edge.weight || component_[other] == component_[i]) return;
    const RankedEdge edge = ranked_edge(weight, distance, tree_.id(i), tree_.id(other));
    if (!(edge < outgoing.edge)) return;
    outgoing.edge = edge;
    outgoing.target = static_cast<std::int32_t>(other);
  }

  double bound_of(std::int32_t component) const {
    return bounds_[static_cast<std::size_t>(component)].load(std::memory_order_relaxed);
  }
  void lower_bound_of(std::int32_t component, double weight) {
    std::atomic<double>& bound = bounds_[static_cast<std::size_t>(component)];
    double seen = bound.load(std::memory_order_relaxed);
    while (weight < seen && !bound.compare_exchange_weak(seen, weight, std::memory_order_relaxed)) {
    }
  }

  // A component without any known edge gets a bound from its point with the least possible one,
  // before all of its points search.
  void search_most_promising();
  void search_all(Progress& progress, std::atomic<bool>& stop);
  void merge();

  const KdTree& tree_;
  const FlatPoints* flat_;
  const CoreDistances& cores_;
  BlockKernels kernels_;
  DisjointSets sets_;
  std::vector<std::int32_t> component_;       // by position
  std::vector<std::int32_t> node_component_;  // -1: several
  std::vector<double> node_core_;             // least core distance below the node
  std::vector<Outgoing> outgoing_;            // by position
  std::vector<std::int32_t> position_of_;     // by id
  std::vector<std::atomic<double>> bounds_;   // by component: its least edge weighs no more
  std::int32_t component_count_ = 0;
  std::vector<RankedEdge> edges_;
};

// The least outgoing edges of the points of one block, in one walk over the tree.
class Boruvka::BlockSearch {
 public:
  explicit BlockSearch(Boruvka& shared)
      : shared_(shared), tree_(shared.tree_), low_(tree_.dims()), high_(tree_.dims()) {
    points_.resize(kBlockSize * tree_.dims());
    block_.resize(kBlockSize * tree_.dims());
  }

  void run(std::size_t block) {
    count_ = 0;
    const std::size_t first = block * kBlockSize;
    for (std::size_t i = first; i < first + tree_.block_size(block); ++i) consider(i);
    search();
  }
  void run_single(std::size_t position) {
    count_ = 0;
    consider(position);
    search();
  }

 private:
  struct Seeker {
    std::size_t position;
    std::int32_t id;
    std::int32_t component;
    double core;
  };

  void consider(std::size_t i) {
    const std::int32_t component = shared_.component_[i];
    if (shared_.needs_no_search(i)) return;
    tree_.copy_point(i, point(count_));
    for (std::size_t d = 0; d < tree_.dims(); ++d) block_[d * kBlockSize + count_] = point(count_)[d];
    seekers_[count_++] = {i, tree_.id(i), component, shared_.cores_.squared[i]};
  }

  void search() {
    if (count_ == 0) return;
    surround();
    refresh_reach();
    visit_near(
        tree_, low_.data(), high_.data(),
        [&](std::size_t node, double distance) { return skip(node, distance); },
        [&](std::size_t leaf, std::size_t block) { visit(leaf, block); });
    for (std::size_t s = 0; s < count_; ++s) shared_.conclude(seekers_[s].position);
  }

  void surround() {
    const std::size_t dims = tree_.dims();
    std::copy_n(point(0), dims, low_.begin());
    std::copy_n(point(0), dims, high_.begin());
    common_component_ = seekers_[0].component;
    for (std::size_t s = 1; s < count_; ++s) {
      for (std::size_t d = 0; d < dims; ++d) {
        low_[d] = std::min(low_[d], point(s)[d]);
        high_[d] = std::max(high_[d], point(s)[d]);
      }
      if (seekers_[s].component != common_component_) common_component_ = -1;
    }
  }

  void refresh_reach() {
    reach_ = 0.0;
    for (std::size_t s = 0; s < count_; ++s) {
      reach_ = std::max(reach_, shared_.useful_weight(seekers_[s].position));
    }
  }

  bool skip(std::size_t node, double distance) const {
    const std::int32_t component = shared_.node_component_[node];
    if (component >= 0 && component == common_component_) return true;
    const double least = std::max(distance, shared_.node_core_[node]);
    if (least != reach_) return least > reach_;
    // A tie at the very edge: look closer, or exact duplicates would all be compared with all.
    for (std::size_t s = 0; s < count_; ++s) {
      if (!hopeless(seekers_[s], node, distance)) return false;
    }
    return true;
  }

  // No point below `node`, at least `distance` away, can improve on what the seeker has.
  bool hopeless(const Seeker& seeker, std::size_t node, double distance) const {
    if (shared_.node_component_[node] == seeker.component) return true;
    const double weight = std::max({distance, shared_.node_core_[node], seeker.core});
    if (weight > shared_.bound_of(seeker.component)) return true;
    // The least pair of row numbers comes from the least row number below the node.
    const RankedEdge least = ranked_edge(weight, distance, seeker.id, tree_.nodes()[node].smallest_id);
    return !(least < shared_.outgoing_[seeker.position].edge);
  }

  void visit(std::size_t leaf, std::size_t block) {
    double distances[kBlockSize];
    shared_.kernels_.point_boxes(tree_.lower(leaf), tree_.upper(leaf), block_.data(), tree_.dims(),
                                 distances);
    for (std::size_t s = 0; s < count_; ++s) {
      if (hopeless(seekers_[s], leaf, distances[s])) continue;
      compare(seekers_[s], point(s), block);
    }
    refresh_reach();
  }

  void compare(const Seeker& seeker, const double* query, std::size_t block) {
    double distances[kBlockSize];
    const Outgoing& outgoing = shared_.outgoing_[seeker.position];
    std::uint32_t within = shared_.kernels_.distances(query, tree_.block(block), tree_.dims(),
                                                      outgoing.edge.weight, distances);
    within &= (1U << tree_.block_size(block)) - 1;
    const std::size_t first = block * kBlockSize;
    for (; within != 0; within &= within - 1) {
      const auto j = static_cast<std::size_t>(std::countr_zero(within));
      shared_.offer(seeker.position, first + j, distances[j]);
    }
    shared_.lower_bound_of(seeker.component, outgoing.edge.weight);
  }

  double* point(std::size_t s) { return points_.data() + s * tree_.dims(); }

  Boruvka& shared_;
  const KdTree& tree_;
  std::vector<double> low_;
  std::vector<double> high_;
  std::vector<double> points_;  // of the seekers, one after the other
  std::vector<double> block_;   // [d, 16], the same
  Seeker seekers_[kBlockSize];
  std::size_t count_ = 0;
  std::int32_t common_component_ = -1;
  double reach_ = kInfinity;  // no seeker needs anything that weighs more
};

// The least outgoing edges of some points, looked for among all points.
class Boruvka::FlatSearch {
 public:
  explicit FlatSearch(Boruvka& shared) : shared_(shared), scan_(*shared.flat_) {}

  void run(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      if (shared_.needs_no_search(i)) continue;
      scan_.add(i);
      if (scan_.full()) search();
    }
    search();
  }

 private:
  void search() {
    if (scan_.size() == 0) return;
    common_component_ = shared_.component_[scan_.position(0)];
    for (std::size_t q = 1; q < scan_.size(); ++q) {
      if (shared_.component_[scan_.position(q)] != common_component_) common_component_ = -1;
    }
    scan_.run([&](std::size_t query) { return shared_.useful_weight(scan_.position(query)); },
              [&](std::size_t tile) { return skip(tile); },
              [&](std::size_t query, std::size_t other) { visit(scan_.position(query), other); });
    for (std::size_t q = 0; q < scan_.size(); ++q) shared_.conclude(scan_.position(q));
    scan_.clear();
  }

  // Whether everything in the tile is in the one component of all that search.
  bool skip(std::size_t tile) const {
    if (common_component_ < 0) return false;
    constexpr std::size_t kBlocks = kTileSize / kBlockSize;
    const std::size_t end = std::min(shared_.tree_.block_count(), (tile + 1) * kBlocks);
    for (std::size_t block = tile * kBlocks; block < end; ++block) {
      if (shared_.node_component_[shared_.tree_.leaf_of_block(block)] != common_component_) return false;
    }
    return true;
  }

  void visit(std::size_t seeker, std::size_t other) {
    const std::int32_t component = shared_.component_[seeker];
    if (shared_.component_[other] == component) return;
    if (shared_.cores_.squared[other] > shared_.useful_weight(seeker)) return;
    shared_.offer(seeker, other, shared_.flat_->distance(seeker, other));
    shared_.lower_bound_of(component, shared_.outgoing_[seeker].edge.weight);
  }

  Boruvka& shared_;
  FlatScan scan_;
  std::int32_t common_component_ = -1;
};

void Boruvka::search_all(Progress& progress, std::atomic<bool>& stop) {
  const std::size_t blocks = flat_ != nullptr ? kBlocksPerFlatChunk : kBlocksPerChunk;
  parallel_for(tree_.block_count(), blocks, [&](std::size_t begin, std::size_t end) {
    if (stop.load(std::memory_order_relaxed)) return;
    if (progress.cancelled()) stop.store(true, std::memory_order_relaxed);
    if (flat_ != nullptr) {
      FlatSearch(*this).run(begin * kBlockSize, std::min(tree_.size(), end * kBlockSize));
      return;
    }
    BlockSearch search(*this);
    for (std::size_t block = begin; block < end; ++block) search.run(block);
  });
}

void Boruvka::search_most_promising() {
  std::vector<std::int32_t> promising(static_cast<std::size_t>(component_count_), -1);
  for (std::size_t i = 0; i < tree_.size(); ++i) {
    if (bound_of(component_[i]) != kInfinity) continue;
    std::int32_t& best = promising[static_cast<std::size_t>(component_[i])];
    if (best < 0 || outgoing_[i].bound < outgoing_[static_cast<std::size_t>(best)].bound) {
      best = static_cast<std::int32_t>(i);
    }
  }
  std::erase(promising, -1);
  parallel_for(promising.size(), 4, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto position = static_cast<std::size_t>(promising[i]);
      if (flat_ != nullptr) {
        FlatSearch(*this).run(position, position + 1);
      } else {
        BlockSearch(*this).run_single(position);
      }
    }
  });
}

bool Boruvka::round(Progress& progress) {
  label_components();
  refresh_from_neighbors();
  set_bounds();
  search_most_promising();
  std::atomic<bool> stop = false;
  search_all(progress, stop);
  if (stop) return false;
  merge();
  return true;
}

void Boruvka::merge() {
  std::vector<RankedEdge> least(static_cast<std::size_t>(component_count_));
  for (std::size_t i = 0; i < tree_.size(); ++i) {
    RankedEdge& best = least[static_cast<std::size_t>(component_[i])];
    if (leaves(i) && outgoing_[i].edge < best) best = outgoing_[i].edge;
  }
  for (const RankedEdge& edge : least) {
    // Two components may have chosen the same edge; a total order rules out longer cycles.
    if (sets_.unite(position_of_[static_cast<std::size_t>(edge.a)],
                    position_of_[static_cast<std::size_t>(edge.b)])) {
      edges_.push_back(edge);
    }
  }
}

}  // namespace

Result<std::vector<RankedEdge>> boruvka_spanning_tree(const KdTree& tree, const FlatPoints* flat,
                                                      const CoreDistances& cores, Progress& progress) {
  const std::size_t edge_count = tree.size() - 1;
  Boruvka boruvka(tree, flat, cores);
  progress.report({"spanning tree", 0, edge_count, "rows", 0});
  while (!boruvka.done()) {
    if (!boruvka.round(progress)) return Status::cancelled();
    progress.report({"spanning tree", boruvka.edges().size(), edge_count, "rows", 0});
  }
  std::vector<RankedEdge> edges = boruvka.edges();
  std::sort(edges.begin(), edges.end());
  return edges;
}

}  // namespace clipcluster::hdbscan
