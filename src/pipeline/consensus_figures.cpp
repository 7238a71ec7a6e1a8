#include "pipeline/consensus_figures.h"

namespace clipcluster::internal {

using Json = nlohmann::ordered_json;

ConsensusFigures consensus_figures(const Consensus& consensus, int runs) {
  ConsensusFigures figures;
  figures.runs = runs;
  figures.stability = consensus.stability;
  std::size_t members = 0;
  for (std::size_t i = 0; i < consensus.labels.size(); ++i) {
    if (consensus.labels[i] < 0) continue;
    figures.mean_confidence += consensus.confidences[i];
    ++members;
  }
  if (members > 0) figures.mean_confidence /= static_cast<double>(members);
  return figures;
}

Json consensus_json(const ConsensusFigures& figures) {
  Json json;
  json["runs"] = figures.runs;
  json["stability"] = figures.stability;
  json["mean_confidence"] = figures.mean_confidence;
  return json;
}

std::optional<ConsensusFigures> consensus_from_json(const Json& fit_figures) {
  const auto stored = fit_figures.find("consensus");
  if (stored == fit_figures.end() || !stored->is_object()) return std::nullopt;
  ConsensusFigures figures;
  figures.runs = stored->value("runs", 0);
  figures.mean_confidence = stored->value("mean_confidence", 0.0);
  if (stored->contains("stability") && (*stored)["stability"].is_array()) {
    for (const Json& value : (*stored)["stability"])
      figures.stability.push_back(value.is_number() ? value.get<double>() : 0.0);
  }
  return figures;
}

Status add_stability(const FittedProject& fitted, ReportInput& input) {
  if (!fitted.arrays.stability) return {};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Consensus consensus, Consensus::from_arrays(*fitted.arrays.stability));
  for (std::size_t c = 0; c < input.clusters.size() && c < consensus.clusters(); ++c) {
    input.clusters[c].stability = consensus.stability[c];
    input.clusters[c].unstable = consensus.stability[c] < kLeastStability;
  }
  // Those that a rule assigned, and the held-out ones, are no part of the consensus.
  for (std::size_t i = 0; i < fitted.training && i < consensus.confidences.size(); ++i) {
    if (consensus.labels[i] >= 0) input.images[i].confidence = static_cast<float>(consensus.confidences[i]);
  }
  return {};
}

}  // namespace clipcluster::internal
