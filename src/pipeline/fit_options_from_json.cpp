#include <string>

#include "pipeline/options_json.h"

namespace clipcluster::internal {
namespace {

using Json = nlohmann::ordered_json;

void take(const Json& json, const char* name, double& target) {
  const auto found = json.find(name);
  if (found != json.end() && found->is_number()) target = found->get<double>();
}

void take(const Json& json, const char* name, int& target) {
  const auto found = json.find(name);
  if (found != json.end() && found->is_number_integer()) target = found->get<int>();
}

void take(const Json& json, const char* name, bool& target) {
  const auto found = json.find(name);
  if (found != json.end() && found->is_boolean()) target = found->get<bool>();
}

void take(const Json& json, const char* name, std::uint64_t& target) {
  const auto found = json.find(name);
  if (found != json.end() && found->is_number_unsigned()) target = found->get<std::uint64_t>();
}

// A word ("automatic") stands for none.
void take(const Json& json, const char* name, std::optional<int>& target) {
  const auto found = json.find(name);
  if (found == json.end()) return;
  if (found->is_number_integer()) target = found->get<int>();
  if (found->is_string()) target.reset();
}

std::string word(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

void take_umap(const Json& json, FitOptions& options) {
  UmapOptions& umap = options.umap;
  take(json, "n_neighbors", umap.n_neighbors);
  take(json, "n_components", umap.n_components);
  take(json, "min_dist", umap.min_dist);
  take(json, "map_min_dist", options.map_min_dist);
  take(json, "spread", umap.spread);
  take(json, "n_epochs", umap.n_epochs);
  take(json, "learning_rate", umap.learning_rate);
  take(json, "negative_sample_rate", umap.negative_sample_rate);
  take(json, "repulsion_strength", umap.repulsion_strength);
  take(json, "set_op_mix_ratio", umap.set_op_mix_ratio);
  take(json, "local_connectivity", umap.local_connectivity);
  if (const auto metric = parse_metric(word(json, "metric")); metric.is_ok()) umap.metric = *metric;
  const std::string init = word(json, "init");
  if (!init.empty()) umap.init = init == "random" ? UmapInit::random : UmapInit::spectral;
}

void take_hdbscan(const Json& json, FitOptions& options) {
  HdbscanOptions& hdbscan = options.hdbscan;
  take(json, "min_cluster_size", options.min_cluster_size);
  take(json, "min_samples", hdbscan.min_samples);
  take(json, "cluster_selection_epsilon", hdbscan.cluster_selection_epsilon);
  take(json, "max_cluster_size", hdbscan.max_cluster_size);
  take(json, "allow_single_cluster", hdbscan.allow_single_cluster);
  const auto method = parse_cluster_selection_method(word(json, "cluster_selection_method"));
  if (method.is_ok()) hdbscan.cluster_selection_method = *method;
}

}  // namespace

FitOptions fit_options_from_json(const Json& json, FitOptions base) {
  FitOptions options = std::move(base);
  take(json, "seed", options.seed);
  take(json, "test_fraction", options.test_fraction);
  if (const auto reducer = parse_reducer(word(json, "reducer")); reducer.is_ok())
    options.reducer = *reducer;
  take(json, "pca_components", options.pca_components);
  const std::string solver = word(json, "svd_solver");
  if (!solver.empty()) {
    options.pca.svd_solver = solver == "exact"        ? SvdSolver::exact
                             : solver == "randomized" ? SvdSolver::randomized
                                                      : SvdSolver::automatic;
  }
  take_umap(json, options);
  take_hdbscan(json, options);
  if (const auto noise = parse_noise_options(word(json, "noise")); noise.is_ok()) options.noise = *noise;
  take(json, "consensus_runs", options.consensus_runs);
  return options;
}

}  // namespace clipcluster::internal
