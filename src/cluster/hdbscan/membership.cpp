#include "cluster/hdbscan/membership.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cluster/hdbscan/labels.h"
#include "cluster/hdbscan/placed_points.h"
#include "cluster/hdbscan/prediction_index.h"

namespace clipcluster::hdbscan {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Exact duplicates are exemplars together; one of them is enough to measure to.
std::vector<double> distinct_places(const HdbscanModel& model, const KdTree& tree,
                                    const std::vector<std::int32_t>& rows) {
  const std::size_t dims = tree.dims();
  std::vector<double> places(rows.size() * dims);
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    double* place = places.data() + i * dims;
    place_point(model.options.metric, model.points.row(static_cast<std::size_t>(rows[i])),
                model.points.cols(), place);
    for (std::size_t d = 0; d < dims; ++d) place[d] *= tree.scale();
  }
  const auto place = [&](std::size_t i) { return std::span(places.data() + i * dims, dims); };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::lexicographical_compare(place(a).begin(), place(a).end(), place(b).begin(), place(b).end());
  });
  order.erase(std::unique(order.begin(), order.end(),
                          [&](std::size_t a, std::size_t b) {
                            return std::equal(place(a).begin(), place(a).end(), place(b).begin());
                          }),
              order.end());
  std::vector<double> distinct;
  for (const std::size_t i : order) distinct.insert(distinct.end(), place(i).begin(), place(i).end());
  return distinct;
}

double distance_to_exemplars(const MembershipData& data, std::size_t cluster, const double* point,
                             std::size_t dims, BlockDistances measure) {
  double nearest = kInfinity;
  for (std::size_t b = data.first_block[cluster]; b < data.first_block[cluster + 1]; ++b) {
    double distances[kBlockSize];
    measure(point, data.blocks.row(b * dims), dims, 0.0, distances);
    nearest = std::min(nearest, *std::min_element(distances, distances + kBlockSize));
  }
  return nearest;
}

// The lambda that counts as full membership of a cluster. One that holds exact duplicates only has
// no finite lambda of its own.
double full_lambda(const ClusterTree::Cluster& cluster) {
  return std::max(cluster.greatest_lambda, cluster.birth);
}

}  // namespace

MembershipData prepare_membership(const HdbscanModel& model, const KdTree& tree) {
  const std::size_t dims = tree.dims();
  MembershipData data;
  std::vector<std::vector<double>> places;
  data.first_block.push_back(0);
  for (const auto& rows : exemplars(model)) {
    places.push_back(distinct_places(model, tree, rows));
    const std::size_t count = places.back().size() / dims;
    data.first_block.push_back(data.first_block.back() + (count + kBlockSize - 1) / kBlockSize);
  }
  data.blocks = Matrix<double>(data.first_block.back() * dims, kBlockSize);
  std::fill_n(data.blocks.data(), data.blocks.size(), kInfinity);
  for (std::size_t cluster = 0; cluster < places.size(); ++cluster) {
    for (std::size_t i = 0; i < places[cluster].size(); ++i) {
      const std::size_t exemplar = i / dims;
      const std::size_t block = data.first_block[cluster] + exemplar / kBlockSize;
      data.blocks(block * dims + i % dims, exemplar % kBlockSize) = places[cluster][i];
    }
  }
  return data;
}

void joining_lambdas(const ClusterTree& tree, const std::vector<std::int32_t>& selected,
                     std::int32_t parent, std::vector<double>& tops, std::vector<double>& out) {
  // Infinity for the clusters that `parent` is in; below those, the lambda at which the branch to
  // `parent` was left, which is the birth of the first cluster beside it.
  tops.assign(static_cast<std::size_t>(tree.size()), 0.0);
  for (std::int32_t cluster = parent; cluster >= 0; cluster = tree[cluster].parent) {
    tops[static_cast<std::size_t>(cluster)] = kInfinity;
  }
  for (std::int32_t cluster = 1; cluster < tree.size(); ++cluster) {
    double& top = tops[static_cast<std::size_t>(cluster)];
    if (top == kInfinity) continue;
    const double above = tops[static_cast<std::size_t>(tree[cluster].parent)];
    top = above == kInfinity ? tree[cluster].birth : above;
  }
  out.resize(selected.size());
  for (std::size_t c = 0; c < selected.size(); ++c) out[c] = tops[static_cast<std::size_t>(selected[c])];
}

void membership_of(const HdbscanModel& model, const double* point, const PlaceInTree& place,
                   const std::vector<double>& joins, double* out) {
  const HdbscanPredictionIndex& index = *model.index;
  const MembershipData& data = *index.membership;
  const std::size_t clusters = index.selected.size();
  const DistanceUnits units(model.options.metric, index.tree.scale());
  const BlockDistances measure = block_kernels().distances;
  double share = place.label >= 0 ? place.probability : 0.0;
  for (std::size_t c = 0; c < clusters; ++c) {
    const ClusterTree::Cluster& cluster = index.clusters[index.selected[c]];
    const double full = full_lambda(cluster);
    const double joined = std::min({place.lambda, joins[c], full});
    const double ratio = full == 0.0 ? 1.0 : joined / full;
    if (place.label < 0) share = std::max(share, ratio);
    const double distance =
        units.distance(distance_to_exemplars(data, c, point, index.tree.dims(), measure));
    // Logarithms: what is far from everything would have only zeros to divide.
    const double far = std::log(std::max(distance, std::numeric_limits<double>::min()));
    out[c] = -far - (ratio > 0.0 ? 1.0 / ratio : std::numeric_limits<double>::max());
  }
  if (place.label >= 0) {
    const double own = out[place.label];
    const double below_own = own - 0x1p-20 * std::max(1.0, std::abs(own));
    for (std::size_t c = 0; c < clusters; ++c) {
      if (static_cast<std::int32_t>(c) != place.label) out[c] = std::min(out[c], below_own);
    }
  }
  const double most = *std::max_element(out, out + clusters);
  double sum = 0.0;
  for (std::size_t c = 0; c < clusters; ++c) sum += out[c] = std::exp(out[c] - most);
  for (std::size_t c = 0; c < clusters; ++c) out[c] *= share / sum;
}

}  // namespace clipcluster::hdbscan
