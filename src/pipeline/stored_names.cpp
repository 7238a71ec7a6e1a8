#include "pipeline/stored_names.h"

#include "pipeline/options_json.h"

namespace clipcluster::internal {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const NamedCluster& cluster) {
  Json candidates = Json::array();
  for (const NamedCandidate& candidate : cluster.candidates) {
    candidates.push_back(
        {{"name", candidate.name}, {"score", candidate.score}, {"similarity", candidate.similarity}});
  }
  return {{"name", cluster.name},     {"source", name_source_name(cluster.source)},
          {"weak", cluster.weak},     {"score", cluster.score},
          {"margin", cluster.margin}, {"z", cluster.z},
          {"sense", cluster.sense},   {"candidates", std::move(candidates)}};
}

// The catalogue may have been changed by other hands: what does not fit is left out.
double number(const Json& object, const char* key) {
  const auto value = object.find(key);
  return value != object.end() && value->is_number() ? value->get<double>() : 0.0;
}

std::string text(const Json& object, const char* key) {
  const auto value = object.find(key);
  return value != object.end() && value->is_string() ? value->get<std::string>() : "";
}

void add_details(const Json& noted, NamedCluster& cluster) {
  if (!noted.is_object()) return;
  const bool same = text(noted, "name") == cluster.name;
  if (same && !cluster.name.empty()) {
    cluster.source = text(noted, "source") == "model" ? NameSource::model : NameSource::person;
    cluster.weak = noted.value("weak", Json()) == Json(true);
    cluster.score = number(noted, "score");
    cluster.margin = number(noted, "margin");
  }
  cluster.z = number(noted, "z");
  cluster.sense = number(noted, "sense");
  const auto candidates = noted.find("candidates");
  if (candidates == noted.end() || !candidates->is_array()) return;
  for (const Json& candidate : *candidates) {
    if (!candidate.is_object()) continue;
    cluster.candidates.push_back(
        {text(candidate, "name"), number(candidate, "score"), number(candidate, "similarity")});
  }
}

}  // namespace

Result<ClusterNames> read_names(const Project& project, const ProjectFit& fit) {
  ClusterNames names;
  for (const ProjectCluster& cluster : fit.clusters) {
    NamedCluster named;
    named.size = cluster.size;
    named.name = cluster.name;
    named.source = cluster.name.empty() ? NameSource::none : NameSource::person;
    names.clusters.push_back(std::move(named));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> stored, project.setting("names"));
  const Json noted = parse(stored.value_or("{}"));
  const auto clusters = noted.find("clusters");
  if (static_cast<std::int64_t>(number(noted, "fit")) != fit.id || clusters == noted.end() ||
      !clusters->is_array() || clusters->size() != names.clusters.size()) {
    return names;
  }
  names.vocabulary = text(noted, "vocabulary");
  names.vocabulary_size = static_cast<std::size_t>(number(noted, "vocabulary_size"));
  for (std::size_t label = 0; label < names.clusters.size(); ++label)
    add_details((*clusters)[label], names.clusters[label]);
  return names;
}

Status store_names(Project& project, const ProjectFit& fit, const ClusterNames& names) {
  Json clusters = Json::array();
  std::vector<std::string> texts;
  for (const NamedCluster& cluster : names.clusters) {
    clusters.push_back(to_json(cluster));
    texts.push_back(cluster.name);
  }
  const Json details = {{"version", 1},
                        {"fit", fit.id},
                        {"vocabulary", names.vocabulary},
                        {"vocabulary_size", names.vocabulary_size},
                        {"clusters", std::move(clusters)}};
  return project.set_cluster_names(fit.id, texts, dump(details));
}

}  // namespace clipcluster::internal
