#include <cmath>

#include "clipcluster/consensus.h"

namespace clipcluster {
namespace {

constexpr int kVersion = 1;

Status check(const Consensus& consensus) {
  const std::size_t n = consensus.labels.size();
  const auto clusters = static_cast<std::int32_t>(consensus.stability.size());
  const Status corrupt = Status::corrupt("the consensus of this fit does not fit together");
  const bool confidences = consensus.confidences.empty() || consensus.confidences.size() == n;
  if (n == 0 || consensus.probabilities.size() != n || !confidences ||
      consensus.nearest_clusters.rows() != n || consensus.nearest_shares.rows() != n ||
      consensus.nearest_clusters.cols() != consensus.nearest_shares.cols() ||
      consensus.greatest_share.size() != consensus.stability.size() ||
      consensus.cluster_ids.size() != consensus.stability.size() || !std::isfinite(consensus.least_share)) {
    return corrupt;
  }
  for (const std::int32_t label : consensus.labels) {
    if (label < -1 || label >= clusters) return corrupt;
  }
  const MatrixView<const std::int32_t> nearest = consensus.nearest_clusters;
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    if (nearest.data()[i] < -1 || nearest.data()[i] >= clusters) return corrupt;
  }
  return {};
}

}  // namespace

void Consensus::count_sizes() {
  sizes.assign(greatest_share.size(), 0);
  for (const std::int32_t label : labels) {
    if (label >= 0) ++sizes[static_cast<std::size_t>(label)];
  }
}

NamedArrays Consensus::to_arrays() const {
  NamedArrays arrays("stability", kVersion);
  arrays.set_text("metric", metric_name(metric));
  arrays.add("least_share", std::vector<double>{least_share});
  arrays.add("labels", labels);
  arrays.add("probabilities", probabilities);
  arrays.add("confidences", confidences);
  arrays.add("nearest_clusters", SharedMatrix<std::int32_t>(nearest_clusters.clone()));
  arrays.add("nearest_shares", SharedMatrix<float>(nearest_shares.clone()));
  arrays.add("greatest_share", greatest_share);
  arrays.add("stability", stability);
  arrays.add("cluster_ids", cluster_ids);
  return arrays;
}

Result<Consensus> Consensus::from_arrays(const NamedArrays& arrays) {
  Consensus consensus;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string metric, arrays.text("metric"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(consensus.metric, parse_metric(metric));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<double> least, arrays.column<double>("least_share"));
  if (least.size() != 1) return Status::corrupt("the consensus of this fit has no least share");
  consensus.least_share = least.front();
  CLIPCLUSTER_ASSIGN_OR_RETURN(consensus.labels, arrays.column<std::int32_t>("labels"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(consensus.probabilities, arrays.column<double>("probabilities"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(consensus.confidences, arrays.column<double>("confidences"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto nearest, arrays.matrix<std::int32_t>("nearest_clusters"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto shares, arrays.matrix<float>("nearest_shares"));
  consensus.nearest_clusters = MatrixI::copy_of(nearest);
  consensus.nearest_shares = MatrixF::copy_of(shares);
  CLIPCLUSTER_ASSIGN_OR_RETURN(consensus.greatest_share, arrays.column<double>("greatest_share"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(consensus.stability, arrays.column<double>("stability"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(consensus.cluster_ids, arrays.column<std::int32_t>("cluster_ids"));
  CLIPCLUSTER_RETURN_IF_ERROR(check(consensus));
  consensus.count_sizes();
  return consensus;
}

}  // namespace clipcluster
