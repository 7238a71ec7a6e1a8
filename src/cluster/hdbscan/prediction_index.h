// What prediction looks things up in, derived once from a model.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "clipcluster/hdbscan.h"
#include "cluster/hdbscan/condensed_tree.h"
#include "cluster/hdbscan/kd_tree.h"
#include "cluster/hdbscan/membership.h"

namespace clipcluster {
namespace hdbscan {

// What hdbscan.approximate_predict adds to a model.
struct CompatibleData {
  std::vector<double> core_squared;     // by position: one rank below the fit's
  std::vector<std::int32_t> label_of;   // [clusters]
  std::vector<double> greatest_lambda;  // [clusters]
};

}  // namespace hdbscan

struct HdbscanPredictionIndex {
  HdbscanPredictionIndex(hdbscan::KdTree points, hdbscan::ClusterTree tree_of_clusters)
      : tree(std::move(points)), clusters(std::move(tree_of_clusters)) {}

  hdbscan::KdTree tree;              // over the finite rows; empty where there are none
  std::vector<double> core_squared;  // by position, scaled
  std::vector<double> node_core;     // least of them below each node of the tree
  hdbscan::ClusterTree clusters;
  std::vector<std::int32_t> parent;    // [n] number of the cluster that a row leaves
  std::vector<double> lambda;          // [n] when it leaves
  std::vector<std::int32_t> selected;  // numbers of the selected clusters, ascending
  std::vector<std::int32_t> label_of;  // [clusters]
  double least_in_root = 0.0;          // 0 unless the root is the one cluster
  mutable std::mutex lock;             // for what is made when first needed
  mutable std::optional<hdbscan::MembershipData> membership;
  mutable std::optional<hdbscan::CompatibleData> compatible;
};

namespace hdbscan {

// `order`: of an earlier tree over the same points, or empty.
std::shared_ptr<const HdbscanPredictionIndex> build_prediction_index(const HdbscanModel& model,
                                                                     std::vector<std::int32_t> order);

struct Prediction {
  std::int32_t label = -1;
  double probability = 0.0;
};
// point: [d], finite, scaled.
Prediction predict_consistent(const HdbscanModel& model, const HdbscanPredictionIndex& index,
                              const double* point);
// The same, with where the point then hangs in the tree.
PlaceInTree place_consistent(const HdbscanModel& model, const HdbscanPredictionIndex& index,
                             const double* point);
// Made when first asked for, then kept in the index.
const MembershipData& membership_data(const HdbscanModel& model, const HdbscanPredictionIndex& index);

// Made when first asked for, then kept in the index.
const CompatibleData& compatible_data(const HdbscanModel& model, const HdbscanPredictionIndex& index);
Prediction predict_compatible(const HdbscanModel& model, const HdbscanPredictionIndex& index,
                              const CompatibleData& data, const double* point);

}  // namespace hdbscan
}  // namespace clipcluster
