// The clusters nearest to a point by mutual reachability: one walk over the kd-tree for each point.
#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "clipcluster/noise.h"
#include "clipcluster/parallel.h"
#include "cluster/hdbscan/core_distances.h"
#include "cluster/hdbscan/finite_rows.h"
#include "cluster/hdbscan/options.h"
#include "cluster/hdbscan/placed_points.h"
#include "cluster/hdbscan/prediction_index.h"

namespace clipcluster {
namespace {

constexpr std::size_t kRowsPerBlock = 4096;
constexpr std::size_t kRowsPerChunk = 64;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int32_t kMixed = -2;

// The nearest member of a cluster so far; distances squared and scaled.
struct Member {
  std::int32_t label = -1;
  double weight = kInfinity;  // mutual reachability
  double distance = kInfinity;
  std::int32_t row = std::numeric_limits<std::int32_t>::max();
  std::size_t position = 0;
};

bool operator<(const Member& a, const Member& b) {
  if (a.weight != b.weight) return a.weight < b.weight;
  if (a.distance != b.distance) return a.distance < b.distance;
  return a.row < b.row;
}

// Members of the nearest few clusters, by an order without ties, so that the order of looking decides
// nothing.
class Nearest {
 public:
  void add(const Member& member) {
    std::size_t place = 0;
    while (place < kNearestClusters - 1 && members_[place].label != member.label) ++place;
    if (!(member < members_[place])) return;
    for (; place > 0 && member < members_[place - 1]; --place) members_[place] = members_[place - 1];
    members_[place] = member;
  }
  // No member at `weight` or beyond with this label (kMixed: with any) can change what was found.
  bool is_settled(std::int32_t label, double weight) const {
    if (label == -1 || weight > members_.back().weight) return true;
    for (const Member& member : members_) {
      if (label >= 0 && member.label == label) return weight > member.weight;
    }
    return false;
  }
  const std::array<Member, kNearestClusters>& members() const { return members_; }

 private:
  std::array<Member, kNearestClusters> members_;
};

NearestClusters none() {
  NearestClusters nearest;
  nearest.labels.fill(-1);
  nearest.distances.fill(kInfinity);
  return nearest;
}

class ClusterSearch {
 public:
  explicit ClusterSearch(const HdbscanModel& model) : model_(model), index_(*model.index) {
    for (const std::int32_t row : index_.tree.order()) {
      labels_.push_back(model.labels[static_cast<std::size_t>(row)]);
    }
    label_nodes();
  }

  // point: [d], scaled.
  NearestClusters near(const double* point, double core_squared) const {
    Nearest nearest;
    const hdbscan::KdTree& tree = index_.tree;
    const hdbscan::BlockDistances measure = hdbscan::block_kernels().distances;
    hdbscan::visit_near(
        tree, point, point,
        [&](std::size_t node, double distance) {
          const double weight = std::max({distance, core_squared, index_.node_core[node]});
          return nearest.is_settled(node_labels_[node], weight);
        },
        [&](std::size_t, std::size_t block) {
          double distances[hdbscan::kBlockSize];
          measure(point, tree.block(block), tree.dims(), 0.0, distances);
          for (std::size_t j = 0; j < tree.block_size(block); ++j) {
            const std::size_t position = block * hdbscan::kBlockSize + j;
            if (labels_[position] < 0) continue;
            const double weight = std::max({distances[j], core_squared, index_.core_squared[position]});
            nearest.add({labels_[position], weight, distances[j], tree.id(position), position});
          }
        });
    return summary(nearest.members());
  }

  double core_squared(std::size_t row) const {
    const hdbscan::DistanceUnits units(model_.options.metric, index_.tree.scale());
    return units.squared(model_.core_distances[row]);
  }
  // Of a new point: that of the fitted one it is equal to, else the distance to its own neighbours.
  double core_squared(const double* point) const {
    const hdbscan::KdTree& tree = index_.tree;
    const auto rank = static_cast<std::size_t>(hdbscan::effective_min_samples(model_.options, tree.size()));
    const auto neighbors = hdbscan::nearest_neighbors(tree, point, std::min(rank, tree.size()));
    const hdbscan::DistanceUnits units(model_.options.metric, tree.scale());
    if (units.distance(neighbors.front().distance) > 0.0) return neighbors.back().distance;
    return index_.core_squared[static_cast<std::size_t>(neighbors.front().position)];
  }
  // out: [dims of the tree]. False for a row that is not finite.
  bool place(const double* point, std::size_t cols, double* out) const {
    hdbscan::place_point(model_.options.metric, point, cols, out);
    for (std::size_t d = 0; d < index_.tree.dims(); ++d) out[d] *= index_.tree.scale();
    return hdbscan::is_finite_row(out, index_.tree.dims());
  }
  bool is_empty() const { return index_.tree.size() == 0 || model_.cluster_ids.empty(); }
  std::size_t dims() const { return index_.tree.dims(); }

 private:
  NearestClusters summary(const std::array<Member, kNearestClusters>& members) const {
    const hdbscan::DistanceUnits units(model_.options.metric, index_.tree.scale());
    NearestClusters found = none();
    for (std::size_t i = 0; i < kNearestClusters && members[i].label >= 0; ++i) {
      found.labels[i] = members[i].label;
      found.distances[i] = units.distance(members[i].weight);
    }
    if (members[1].label >= 0)
      found.gap = units.distance(reachability(members[0].position, members[1].position));
    return found;
  }
  // Mutual, of two fitted points; squared and scaled.
  double reachability(std::size_t a, std::size_t b) const {
    double squares = 0.0;
    for (std::size_t d = 0; d < index_.tree.dims(); ++d) {
      const double difference = coordinate(a, d) - coordinate(b, d);
      squares += difference * difference;
    }
    return std::max({squares, index_.core_squared[a], index_.core_squared[b]});
  }
  double coordinate(std::size_t position, std::size_t d) const {
    return index_.tree.block(position /
                             hdbscan::kBlockSize)[d * hdbscan::kBlockSize + position % hdbscan::kBlockSize];
  }
  // The one label below each node, noise not counted; kMixed where there are several, -1 where none.
  void label_nodes() {
    const auto& nodes = index_.tree.nodes();
    const auto together = [](std::int32_t a, std::int32_t b) {
      if (a == -1 || a == b) return b;
      return b == -1 ? a : kMixed;
    };
    node_labels_.assign(nodes.size(), -1);
    for (std::size_t i = nodes.size(); i-- > 0;) {
      if (!nodes[i].is_leaf()) {
        node_labels_[i] = together(node_labels_[i + 1], node_labels_[nodes[i].right]);
        continue;
      }
      const std::size_t first = nodes[i].block_begin * hdbscan::kBlockSize;
      for (std::size_t j = 0; j < index_.tree.block_size(nodes[i].block_begin); ++j) {
        node_labels_[i] = together(node_labels_[i], labels_[first + j]);
      }
    }
  }

  const HdbscanModel& model_;
  const HdbscanPredictionIndex& index_;
  std::vector<std::int32_t> labels_;  // by position
  std::vector<std::int32_t> node_labels_;
};

// points.row(row_of(i)) is the i-th point; core(i, placed) its squared core distance.
template <class RowOf, class Core>
Result<std::vector<NearestClusters>> search_all(const ClusterSearch& search,
                                                MatrixView<const double> points, std::size_t count,
                                                const RowOf& row_of, const Core& core, Progress& progress) {
  std::vector<NearestClusters> found(count, none());
  if (search.is_empty()) return found;
  for (std::size_t begin = 0; begin < count; begin += kRowsPerBlock) {
    if (progress.cancelled()) return Status::cancelled();
    const std::size_t end = std::min(count, begin + kRowsPerBlock);
    parallel_for(end - begin, kRowsPerChunk, [&](std::size_t first, std::size_t last) {
      std::vector<double> placed(search.dims());
      for (std::size_t i = begin + first; i < begin + last; ++i) {
        if (!search.place(points.row(row_of(i)), points.cols(), placed.data())) continue;
        found[i] = search.near(placed.data(), core(i, placed.data()));
      }
    });
  }
  return found;
}

template <class Work>
Result<std::vector<NearestClusters>> with_index(const HdbscanModel& model, const Work& work) {
  try {
    if (model.index) return work(ClusterSearch(model));
    HdbscanModel indexed = model;
    indexed.index = hdbscan::build_prediction_index(model, {});
    return work(ClusterSearch(indexed));
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("there is not enough memory to look for the clusters nearest to noise");
  }
}

}  // namespace

Result<std::vector<NearestClusters>> nearest_clusters(const HdbscanModel& model,
                                                      std::span<const std::int32_t> rows,
                                                      Progress& progress) {
  return with_index(model, [&](const ClusterSearch& search) {
    const auto row_of = [&](std::size_t i) { return static_cast<std::size_t>(rows[i]); };
    const auto core = [&](std::size_t i, const double*) { return search.core_squared(row_of(i)); };
    return search_all(search, model.points, rows.size(), row_of, core, progress);
  });
}

Result<std::vector<NearestClusters>> nearest_clusters(const HdbscanModel& model,
                                                      MatrixView<const double> points, Progress& progress) {
  if (points.rows() > 0 && points.cols() != model.points.cols()) {
    return Status::invalid_argument(fmt::format(
        "the new points have {} columns, the model was fitted on {}", points.cols(), model.points.cols()));
  }
  return with_index(model, [&](const ClusterSearch& search) {
    const auto row_of = [](std::size_t i) { return i; };
    const auto core = [&](std::size_t, const double* placed) { return search.core_squared(placed); };
    return search_all(search, points, points.rows(), row_of, core, progress);
  });
}

}  // namespace clipcluster
