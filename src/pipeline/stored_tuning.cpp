#include "pipeline/stored_tuning.h"

#include <algorithm>
#include <utility>

#include "pipeline/options_json.h"

namespace clipcluster::internal {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSetting = "tuning";
constexpr int kTuningVersion = 2;

Json to_json(const ClusteringSetting& setting) {
  return {{"n_neighbors", setting.n_neighbors},
          {"min_dist", setting.min_dist},
          {"n_components", setting.n_components},
          {"min_cluster_size", setting.min_cluster_size},
          {"min_samples", setting.min_samples},
          {"cluster_selection_method", cluster_selection_method_name(setting.cluster_selection_method)},
          {"cluster_selection_epsilon", setting.cluster_selection_epsilon}};
}

Result<ClusteringSetting> setting_from(const Json& json) {
  ClusteringSetting setting;
  setting.n_neighbors = json.at("n_neighbors").get<int>();
  setting.min_dist = json.at("min_dist").get<double>();
  setting.n_components = json.at("n_components").get<int>();
  setting.min_cluster_size = json.at("min_cluster_size").get<int>();
  setting.min_samples = json.at("min_samples").get<int>();
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      setting.cluster_selection_method,
      parse_cluster_selection_method(json.at("cluster_selection_method").get<std::string>()));
  setting.cluster_selection_epsilon = json.at("cluster_selection_epsilon").get<double>();
  return setting;
}

// Each score under its name, in one place for both directions.
template <class Scores, class Visit>
void visit_scores(Scores& scores, Visit&& visit) {
  visit("clusters", scores.clusters);
  visit("noise_share", scores.noise_share);
  visit("seed_stability", scores.seed_stability);
  visit("subsample_stability", scores.subsample_stability);
  visit("consensus", scores.consensus);
  visit("validity", scores.validity);
  visit("layout_silhouette", scores.layout_silhouette);
  visit("original_silhouette", scores.original_silhouette);
  visit("modularity", scores.modularity);
  visit("neighbors_kept", scores.neighbors_kept);
  visit("largest_share", scores.largest_share);
  visit("wish_distance", scores.wish_distance);
  visit("total", scores.total);
}

Json to_json(const TuningScores& scores) {
  Json json = Json::object();
  visit_scores(scores, [&](const char* name, const auto& value) { json[name] = value; });
  return json;
}

TuningScores scores_from(const Json& json) {
  TuningScores scores;
  visit_scores(scores, [&](const char* name, auto& value) { json.at(name).get_to(value); });
  return scores;
}

Json to_json(const TuningCandidate& candidate) {
  return {{"cells", tuning_cells(candidate)},
          {"setting", to_json(candidate.setting)},
          {"scores", to_json(candidate.scores)},
          {"same", candidate.same}};
}

Result<StoredTuning> from_json(const Json& json) {
  StoredTuning tuning;
  tuning.fingerprint = json.at("fingerprint").get<std::string>();
  tuning.explanation = json.at("explanation").get<std::string>();
  tuning.chosen = json.at("chosen").get<std::size_t>();
  tuning.result.tried = json.at("tried").get<std::size_t>();
  json.at("different").get_to(tuning.result.different);
  json.at("median_modularity").get_to(tuning.result.median_modularity);
  json.at("median_validity").get_to(tuning.result.median_validity);
  json.at("intrinsic_dimension").get_to(tuning.result.intrinsic_dimension);
  json.at("by_validity").get_to(tuning.result.by_validity);
  tuning.options = fit_options_from_json(json.at("options"), FitOptions());
  for (const Json& row : json.at("rows")) {
    TuningCandidate candidate;
    CLIPCLUSTER_ASSIGN_OR_RETURN(candidate.setting, setting_from(row.at("setting")));
    candidate.scores = scores_from(row.at("scores"));
    candidate.same = row.at("same").get<std::size_t>();
    tuning.result.candidates.push_back(std::move(candidate));
  }
  if (tuning.chosen >= tuning.result.candidates.size()) return Status::corrupt("the chosen row is missing");
  return tuning;
}

bool goes_by(const ClusteringSetting& setting, const std::string& fit_options) {
  const Json fit = parse(fit_options);
  const Json wanted = to_json(setting);
  for (const auto& [name, value] : wanted.items()) {
    if (!fit.contains(name) || fit[name] != value) return false;
  }
  return !fit.contains("consensus_runs");
}

}  // namespace

Result<std::optional<StoredTuning>> read_tuning(const Project& project) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> text, project.setting(kSetting));
  if (!text || text->empty()) return std::optional<StoredTuning>();
  const Json json = parse(*text);
  if (json.value("version", Json()) != Json(kTuningVersion)) {
    return Status::unsupported("what '" + project.folder() +
                               "' keeps of tuning is of another version of this program, or damaged. Run "
                               "clipcluster tune again, or clipcluster tune --forget.");
  }
  try {
    Result<StoredTuning> tuning = from_json(json);
    if (tuning.is_ok()) return std::optional<StoredTuning>(std::move(*tuning));
  } catch (const Json::exception&) {
    // Missing or of another type: told below.
  }
  return Status::corrupt(
      "what '" + project.folder() +
      "' keeps of tuning cannot be read. Run clipcluster tune again, or clipcluster tune "
      "--forget.");
}

Status store_tuning(Project& project, const StoredTuning& tuning) {
  Json rows = Json::array();
  const std::size_t kept = std::min(kKeptCandidates, tuning.result.candidates.size());
  for (std::size_t i = 0; i < kept; ++i) rows.push_back(to_json(tuning.result.candidates[i]));
  const Json json = {{"version", kTuningVersion},
                     {"fingerprint", tuning.fingerprint},
                     {"tried", tuning.result.tried},
                     {"different", tuning.result.different},
                     {"median_modularity", tuning.result.median_modularity},
                     {"median_validity", tuning.result.median_validity},
                     {"intrinsic_dimension", tuning.result.intrinsic_dimension},
                     {"by_validity", tuning.result.by_validity},
                     {"chosen", tuning.chosen},
                     {"explanation", tuning.explanation},
                     {"options", fit_options_json(tuning.options)},
                     {"columns", tuning_columns()},
                     {"rows", std::move(rows)}};
  return project.set_setting(kSetting, dump(json));
}

Status drop_tuning(Project& project) { return project.set_setting(kSetting, ""); }

ReportTuning report_tuning(const Project& project, const std::string& fit_options) {
  ReportTuning report;
  const auto tuning = read_tuning(project);
  if (!tuning.is_ok() || !*tuning) return report;
  report.explanation = (*tuning)->explanation;
  report.columns = tuning_columns();
  const std::vector<TuningCandidate>& candidates = (*tuning)->result.candidates;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const bool chosen = i == (*tuning)->chosen;
    report.rows.push_back({tuning_cells(candidates[i]), chosen});
    if (chosen) report.in_use = goes_by(candidates[i].setting, fit_options);
  }
  return report;
}

}  // namespace clipcluster::internal
