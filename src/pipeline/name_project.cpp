// Names for the clusters of a project.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <unordered_set>
#include <utility>

#include "clipcluster/words.h"
#include "pipeline/fitted_project.h"
#include "pipeline/name_vectors.h"
#include "pipeline/stored_names.h"

namespace clipcluster {
namespace {

using internal::FittedProject;

constexpr std::uintmax_t kLargestVocabulary = 32U << 20U;

Result<std::vector<std::string>> read_vocabulary(const std::string& file) {
  if (file.empty()) return built_in_vocabulary();
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    return Status::not_found(
        fmt::format("there is no vocabulary '{}'; name a text file with one name a line.", file));
  }
  if (std::filesystem::file_size(file, error) > kLargestVocabulary) {
    return Status::invalid_argument(
        fmt::format("'{}' is larger than {} MiB; a vocabulary is a short text file, one name a line.", file,
                    kLargestVocabulary >> 20U));
  }
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return Status::io(fmt::format("cannot read '{}': no permission, or the disk failed.", file));
  return parse_vocabulary(text, "'" + file + "'");
}

Result<std::vector<std::string>> templates_of(const NameOptions& options) {
  for (const std::string& text : options.templates)
    CLIPCLUSTER_RETURN_IF_ERROR(check_prompt_template(text));
  return options.templates.empty() ? default_prompt_templates() : options.templates;
}

// Names of persons stay unless they are to be overwritten, and are not given to another cluster.
NamingOptions naming_options(const NameOptions& options, const ClusterNames& former,
                             const std::vector<std::string>& vocabulary) {
  NamingOptions naming = options.naming;
  naming.named.assign(former.clusters.size(), false);
  naming.taken.assign(vocabulary.size(), false);
  if (options.overwrite) return naming;
  std::unordered_set<std::string> kept;
  for (std::size_t label = 0; label < former.clusters.size(); ++label) {
    if (former.clusters[label].source != NameSource::person) continue;
    naming.named[label] = true;
    kept.insert(former.clusters[label].name);
  }
  for (std::size_t i = 0; i < vocabulary.size(); ++i) naming.taken[i] = kept.contains(vocabulary[i]);
  return naming;
}

Result<std::vector<ClusterNaming>> choose(const FittedProject& fitted, const internal::NameVectors& vectors,
                                          const NamingOptions& options, Progress& progress) {
  std::vector<std::int32_t> labels;
  std::vector<double> weights;
  for (const ProjectPoint& point : fitted.fit.points) {
    labels.push_back(point.label);
    weights.push_back(point.probability);
  }
  return name_clusters(fitted.embeddings, labels, weights, fitted.fit.clusters.size(), vectors.vectors,
                       options, progress);
}

NamedCluster named(const ClusterNaming& naming, const NamedCluster& former, bool kept,
                   const std::vector<std::string>& vocabulary) {
  NamedCluster cluster;
  cluster.size = former.size;
  cluster.z = naming.z;
  cluster.sense = naming.sense;
  for (const NameCandidate& candidate : naming.candidates) {
    cluster.candidates.push_back(
        {vocabulary[static_cast<std::size_t>(candidate.name)], candidate.score, candidate.similarity});
  }
  if (kept) {
    cluster.name = former.name;
    cluster.source = NameSource::person;
  } else if (naming.name >= 0) {
    cluster.name = vocabulary[static_cast<std::size_t>(naming.name)] + (naming.weak ? "?" : "");
    cluster.source = NameSource::model;
    cluster.weak = naming.weak;
    cluster.score = naming.score;
    cluster.margin = naming.margin;
  }
  return cluster;
}

// A fit and a way to write: `change` gets the names as they are and says what they should be.
template <class Change>
Status change_names(const std::string& folder, Change&& change) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Project reader,
                               Project::open(folder));  // makes no folder if there is none
  CLIPCLUSTER_ASSIGN_OR_RETURN(Project project, Project::open_for_writing(folder, reader.kind()));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<ProjectFit> fit, project.fit());
  if (!fit) {
    return Status::not_found("the project in '" + folder +
                             "' has no clusters yet: its run was stopped. Run clipcluster run again.");
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(ClusterNames names, internal::read_names(project, *fit));
  CLIPCLUSTER_RETURN_IF_ERROR(change(names));
  return internal::store_names(project, *fit, names);
}

Status check_label(const std::string& folder, std::int32_t label, std::size_t clusters) {
  if (label >= 0 && static_cast<std::size_t>(label) < clusters) return {};
  return Status::invalid_argument(
      clusters == 0
          ? fmt::format("'{}' has no clusters", folder)
          : fmt::format("'{}' has no cluster {}; its clusters are 0 to {}", folder, label, clusters - 1));
}

void forget_name(NamedCluster& cluster) {
  cluster.name.clear();
  cluster.source = NameSource::none;
  cluster.weak = false;
  cluster.score = 0.0;
  cluster.margin = 0.0;
}

}  // namespace

const char* name_source_name(NameSource source) {
  switch (source) {
    case NameSource::none:
      return "none";
    case NameSource::model:
      return "model";
    case NameSource::person:
      return "person";
  }
  return "";
}

Result<ClusterNames> name_project(const std::string& folder, const NameOptions& options,
                                  Progress& progress) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<std::string> vocabulary,
                               read_vocabulary(options.vocabulary_file));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<std::string> templates, templates_of(options));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const FittedProject fitted, internal::read_fitted_project(folder));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ClusterNames former,
                               internal::read_names(*fitted.project, fitted.fit));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const internal::NameVectors vectors,
                               internal::name_vectors(*fitted.project, options.model_folder, vocabulary,
                                                      templates, options.cache_folder, progress));
  const NamingOptions naming = naming_options(options, former, vocabulary);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<ClusterNaming> namings,
                               choose(fitted, vectors, naming, progress));
  ClusterNames names;
  names.vocabulary = options.vocabulary_file.empty() ? "built-in" : options.vocabulary_file;
  names.vocabulary_size = vocabulary.size();
  names.embedded = vectors.embedded;
  for (std::size_t label = 0; label < namings.size(); ++label) {
    names.clusters.push_back(
        named(namings[label], former.clusters[label], naming.named[label], vocabulary));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(Project project, Project::open_for_writing(folder, fitted.project->kind()));
  CLIPCLUSTER_RETURN_IF_ERROR(internal::store_names(project, fitted.fit, names));
  return names;
}

Result<ClusterNames> cluster_names(const std::string& folder) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Project project, Project::open(folder));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<ProjectFit> fit, project.fit());
  return fit ? internal::read_names(project, *fit) : ClusterNames();
}

Status set_cluster_name(const std::string& folder, std::int32_t label, const std::string& name) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<std::string> parsed, parse_vocabulary(name, "the name"));
  if (parsed.size() != 1 || name.find('\n') != std::string::npos) {
    return Status::invalid_argument("a name is one line");
  }
  return change_names(folder, [&](ClusterNames& names) -> Status {
    CLIPCLUSTER_RETURN_IF_ERROR(check_label(folder, label, names.clusters.size()));
    NamedCluster& cluster = names.clusters[static_cast<std::size_t>(label)];
    forget_name(cluster);
    cluster.name = parsed.front();
    cluster.source = NameSource::person;
    return {};
  });
}

Status clear_cluster_names(const std::string& folder, std::optional<std::int32_t> label) {
  return change_names(folder, [&](ClusterNames& names) -> Status {
    if (label) CLIPCLUSTER_RETURN_IF_ERROR(check_label(folder, *label, names.clusters.size()));
    for (std::size_t i = 0; i < names.clusters.size(); ++i) {
      if (!label || static_cast<std::size_t>(*label) == i) forget_name(names.clusters[i]);
    }
    return {};
  });
}

}  // namespace clipcluster
