#include <fmt/format.h>

#include <cmath>
#include <new>
#include <optional>

#include "base/number_text.h"
#include "clipcluster/hdbscan.h"
#include "clipcluster/memory.h"
#include "cluster/hdbscan/canonical_order.h"
#include "cluster/hdbscan/core_distances.h"
#include "cluster/hdbscan/finite_rows.h"
#include "cluster/hdbscan/flat_clustering.h"
#include "cluster/hdbscan/options.h"
#include "cluster/hdbscan/outside_rows.h"
#include "cluster/hdbscan/placed_points.h"
#include "cluster/hdbscan/single_linkage.h"
#include "cluster/hdbscan/spanning_tree.h"

namespace clipcluster {
namespace hdbscan {
namespace {

// Enough that most least edges of the first rounds are among them, few enough to be small.
constexpr std::size_t kNeighborsKept = 16;
// Condensed tree ids go to twice the number of points and are 32 bits wide.
constexpr std::size_t kMostPoints = std::size_t{1} << 30;

Status check_points(MatrixView<const double> points) {
  if (points.rows() == 0) return Status::invalid_argument("there are no points to cluster");
  if (points.cols() == 0) return Status::invalid_argument("the points to cluster have no columns");
  if (points.rows() > kMostPoints) {
    return Status::resource_limit(
        fmt::format("{} points are more than HDBSCAN can number here ({})", points.rows(), kMostPoints));
  }
  return {};
}

// The geometric half: core distances and spanning tree, for points numbered 0.. in the canonical
// order of their rows.
Status build_spanning_tree(MatrixView<const double> points, const std::vector<std::int32_t>& order,
                           const HdbscanOptions& options, Progress& progress, HdbscanResult& fit) {
  fit.core_distances.assign(order.size(), std::numeric_limits<double>::infinity());
  if (order.size() < 2) return {};
  KdTree tree(points, order, scale_for(points, order));
  fit.tree_order = tree.order();
  tree.renumber(order);
  std::optional<FlatPoints> flat;
  if (tree.dims() > kMostTreeDimensions) flat.emplace(tree);
  const int min_samples = effective_min_samples(options, order.size());
  CLIPCLUSTER_ASSIGN_OR_RETURN(const CoreDistances cores,
                               flat ? compute_core_distances(*flat, min_samples, kNeighborsKept, progress)
                                    : compute_core_distances(tree, min_samples, kNeighborsKept, progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<RankedEdge> edges,
                               boruvka_spanning_tree(tree, flat ? &*flat : nullptr, cores, progress));
  const DistanceUnits units(options.metric, tree.scale());
  for (std::size_t i = 0; i < tree.size(); ++i) {
    fit.core_distances[static_cast<std::size_t>(tree.id(i))] = units.distance(cores.squared[i]);
  }
  fit.spanning_tree.reserve(edges.size());
  for (const RankedEdge& edge : edges) {
    fit.spanning_tree.push_back({edge.a, edge.b, units.distance(edge.weight)});
  }
  return {};
}

}  // namespace
}  // namespace hdbscan

std::uint64_t fit_hdbscan_memory(std::uint64_t n, std::uint64_t d, const HdbscanOptions& options) {
  constexpr std::uint64_t fixed = std::uint64_t{16} << 20;
  // Neighbours kept, cores, edges, both trees, labels and scores, each with what sorts or renumbers it.
  constexpr std::uint64_t row = 16 * hdbscan::kNeighborsKept + 320;
  // The kd-tree's copy; above its dimensions one in float32 beside it; with cosine the rows made unit.
  const std::uint64_t flat = d > hdbscan::kMostTreeDimensions ? 4 * d : 0;
  const std::uint64_t placed = options.metric == Metric::cosine ? 8 * d : 0;
  return fixed + n * (row + 8 * d + flat + placed);
}

Result<HdbscanResult> fit_hdbscan(MatrixView<const double> points, const HdbscanOptions& options,
                                  Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(hdbscan::check_options(options));
  CLIPCLUSTER_RETURN_IF_ERROR(hdbscan::check_points(points));
  CLIPCLUSTER_RETURN_IF_ERROR(
      require_memory(fmt::format("the HDBSCAN of {} points", grouped(points.rows())),
                     fit_hdbscan_memory(points.rows(), points.cols(), options), progress));
  try {
    HdbscanResult fit;
    const SharedMatrix<double> placed = hdbscan::place_points(options.metric, points);
    const std::vector<std::int32_t> order = hdbscan::canonical_order(placed, hdbscan::finite_rows(placed));
    CLIPCLUSTER_RETURN_IF_ERROR(hdbscan::build_spanning_tree(placed, order, options, progress, fit));
    if (!order.empty()) {
      fit.single_linkage = hdbscan::single_linkage(fit.spanning_tree);
      hdbscan::cluster_from_linkage(options, fit);
    }
    hdbscan::number_by_row(fit, order, points.rows());
    return fit;
  } catch (const std::bad_alloc&) {
    return Status::resource_limit(fmt::format(
        "there is not enough memory to cluster {} points; free some, or cluster a sample", points.rows()));
  }
}

}  // namespace clipcluster
