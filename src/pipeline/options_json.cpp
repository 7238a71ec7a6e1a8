#include "pipeline/options_json.h"

#include <string_view>

namespace clipcluster::internal {

using Json = nlohmann::ordered_json;

namespace {

// Of PCA before the others or alone.
void add_pca_options(const FitOptions& options, Json& json) {
  const bool alone = options.reducer == Reducer::pca;
  if (!alone) json["pca_components"] = options.pca_components;
  if (!alone && options.pca_components == 0) return;
  if (alone) json["n_components"] = options.pca.n_components;
  const SvdSolver solver = options.pca.svd_solver;
  json["svd_solver"] = solver == SvdSolver::exact        ? "exact"
                       : solver == SvdSolver::randomized ? "randomized"
                                                         : "automatic";
}

void add_tsne_options(const TsneOptions& options, Json& json) {
  json["n_components"] = options.n_components;
  json["metric"] = metric_name(options.metric);
  json["perplexity"] = options.perplexity;
  json["early_exaggeration"] = options.early_exaggeration;
  json["early_exaggeration_iter"] = options.early_exaggeration_iter;
  json["n_iter"] = options.n_iter;
  json["learning_rate"] = options.learning_rate ? Json(*options.learning_rate) : Json("automatic");
  json["init"] = options.init == TsneInit::pca ? "pca" : "random";
  json["method"] = options.method == TsneMethod::barnes_hut      ? "barnes_hut"
                   : options.method == TsneMethod::interpolation ? "interpolation"
                                                                 : "automatic";
  json["angle"] = options.angle;
}

void add_umap_options(const FitOptions& options, Json& json) {
  json["n_neighbors"] = options.umap.n_neighbors;
  json["n_components"] = options.umap.n_components;
  json["metric"] = metric_name(options.umap.metric);
  json["min_dist"] = options.umap.min_dist;
  json["map_min_dist"] = options.map_min_dist;
  json["spread"] = options.umap.spread;
  json["n_epochs"] = options.umap.n_epochs ? Json(*options.umap.n_epochs) : Json("automatic");
  json["learning_rate"] = options.umap.learning_rate;
  json["negative_sample_rate"] = options.umap.negative_sample_rate;
  json["repulsion_strength"] = options.umap.repulsion_strength;
  json["set_op_mix_ratio"] = options.umap.set_op_mix_ratio;
  json["local_connectivity"] = options.umap.local_connectivity;
  json["init"] = options.umap.init == UmapInit::spectral ? "spectral" : "random";
}

}  // namespace

// The options that the fit depends on: those of the chosen reducer.
Json fit_options_json(const FitOptions& options) {
  Json json;
  json["seed"] = options.seed;
  json["test_fraction"] = options.test_fraction;
  json["reducer"] = reducer_name(options.reducer);
  add_pca_options(options, json);
  if (options.reducer == Reducer::umap) add_umap_options(options, json);
  if (options.reducer == Reducer::tsne) add_tsne_options(options.tsne, json);
  json["min_cluster_size"] = options.min_cluster_size ? Json(*options.min_cluster_size) : Json("automatic");
  json["min_samples"] =
      options.hdbscan.min_samples ? Json(*options.hdbscan.min_samples) : Json("min_cluster_size");
  json["cluster_selection_method"] =
      cluster_selection_method_name(options.hdbscan.cluster_selection_method);
  json["cluster_selection_epsilon"] = options.hdbscan.cluster_selection_epsilon;
  json["max_cluster_size"] = options.hdbscan.max_cluster_size;
  json["allow_single_cluster"] = options.hdbscan.allow_single_cluster;
  json["noise"] = noise_options_text(options.noise);
  if (options.consensus_runs > 0) json["consensus_runs"] = options.consensus_runs;
  return json;
}

Json embed_options_json(const EmbedOptions& options) {
  Json json;
  json["inputs"] = options.inputs;
  json["include_hidden"] = options.find.include_hidden;
  json["follow_links"] = options.find.follow_links;
  json["max_pixels"] = options.decode.max_pixels;
  json["max_bytes"] = options.decode.max_bytes;
  json["model"] = options.model_folder;
  json["precision"] = precision_name(options.precision);
  json["fast_decode"] = options.fast_decode ? Json(*options.fast_decode) : Json("as before");
  return json;
}

Json split_json(const SplitFigures& figures) {
  Json json;
  json["training"] = figures.training;
  json["held_out"] = figures.held_out;
  json["training_noise_share"] = figures.training_noise_share;
  json["held_out_noise_share"] = figures.held_out_noise_share;
  json["training_mean_probability"] = figures.training_mean_probability;
  json["held_out_mean_probability"] = figures.held_out_mean_probability;
  json["agreement_training"] = figures.agreement_training;
  json["agreement_held_out"] = figures.agreement_held_out;
  return json;
}

SplitFigures split_from_json(const Json& json) {
  SplitFigures figures;
  figures.training = json.value("training", figures.training);
  figures.held_out = json.value("held_out", figures.held_out);
  figures.training_noise_share = json.value("training_noise_share", 0.0);
  figures.held_out_noise_share = json.value("held_out_noise_share", 0.0);
  figures.training_mean_probability = json.value("training_mean_probability", 0.0);
  figures.held_out_mean_probability = json.value("held_out_mean_probability", 0.0);
  figures.agreement_training = json.value("agreement_training", 0.0);
  figures.agreement_held_out = json.value("agreement_held_out", 0.0);
  return figures;
}

Json noise_figures_json(const NoiseFigures& figures) {
  return {{"tiers", figures.tiers}, {"reasons", figures.reasons}, {"groups", figures.groups}};
}

NoiseFigures noise_figures_from_json(const Json& json) {
  NoiseFigures figures;
  const auto counts = [&json](const char* name, std::map<std::string, std::size_t>& into) {
    const auto stored = json.find(name);
    if (stored == json.end() || !stored->is_object()) return;
    for (const auto& [key, count] : stored->items()) {
      if (count.is_number_unsigned()) into[key] = count.get<std::size_t>();
    }
  };
  if (!json.is_object()) return figures;
  counts("tiers", figures.tiers);
  counts("reasons", figures.reasons);
  figures.groups = json.value("groups", std::size_t{0});
  return figures;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json parse(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? json : Json::object();
}

std::string pack_paths(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) {
    for (const char c : path) {
      if (c == '%') {
        text += "%25";
      } else if (c == '\n') {
        text += "%0A";
      } else {
        text += c;
      }
    }
    text += '\n';
  }
  return text;
}

std::vector<std::string> unpack_paths(const std::string& text) {
  std::vector<std::string> paths;
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      paths.push_back(path);
      path.clear();
    } else if (text[i] == '%' && i + 2 < text.size()) {
      path += std::string_view(text).substr(i, 3) == "%0A" ? '\n' : '%';
      i += 2;
    } else {
      path += text[i];
    }
  }
  return paths;
}

}  // namespace clipcluster::internal
