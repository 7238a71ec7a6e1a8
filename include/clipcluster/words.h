// Projects and words: names for the clusters of a project, and search in it (docs/naming.md).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "clipcluster/images.h"
#include "clipcluster/naming.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

struct NameOptions {
  std::string vocabulary_file;         // one name a line; empty: the built-in vocabulary
  std::vector<std::string> templates;  // empty: default_prompt_templates()
  // Empty: where the project's model was when it was made. It must be that model, text tower included; for
  // a project made from embeddings it must be named here, and only the number of columns can be checked.
  std::string model_folder;
  std::string cache_folder;  // keeps a vocabulary's vectors for the next time; empty: nowhere
  bool overwrite = false;    // also names that a person gave
  NamingOptions naming;      // its `named` and `taken` are filled in
};

enum class NameSource { none, model, person };
const char* name_source_name(NameSource source);  // "none", "model", "person"

struct NamedCandidate {
  std::string name;
  double score = 0.0;  // as in NameCandidate
  double similarity = 0.0;
};

// As ClusterNaming, with words for numbers.
struct NamedCluster {
  std::int64_t size = 0;
  std::string name;  // as it is shown; a weak one ends in "?"
  NameSource source = NameSource::none;
  bool weak = false;
  double score = 0.0;
  double margin = 0.0;
  double z = 0.0;
  double sense = 0.0;
  std::vector<NamedCandidate> candidates;  // empty if name_project has not seen this fit
};

struct ClusterNames {
  std::string vocabulary;  // the file, or "built-in"; empty if name_project has not seen this fit
  std::size_t vocabulary_size = 0;
  std::size_t embedded = 0;            // texts that went through the text tower; 0: all from the cache
  std::vector<NamedCluster> clusters;  // by label
};

// Names the clusters of the project's current fit and keeps the names in the project. They belong to that
// fit: a run that leaves the fit as it is keeps them, a new fit begins without.
Result<ClusterNames> name_project(const std::string& folder, const NameOptions& options,
                                  Progress& progress = Progress::none());
// What the project knows.
Result<ClusterNames> cluster_names(const std::string& folder);
// By hand: UTF-8, one line, at most 200 bytes.
Status set_cluster_name(const std::string& folder, std::int32_t label, const std::string& name);
// Of one cluster, or of all.
Status clear_cluster_names(const std::string& folder, std::optional<std::int32_t> label);

struct SearchQuery {
  enum class Kind { text, image, cluster, row };
  Kind kind = Kind::text;
  std::string text;         // or the path of an image file
  std::int64_t number = 0;  // a cluster's label, or a row of a project made from embeddings
};

struct SearchHit {
  std::string path;
  std::vector<std::string> copies;    // other files with the same pixels
  double similarity = 0.0;            // cosine
  std::optional<std::int32_t> label;  // none: not part of the fit
  double probability = 0.0;
  std::string name;  // of the cluster; empty if it has none
};

struct SearchOptions {
  int top = 20;              // >= 1
  std::string model_folder;  // as in NameOptions
  DecodeOptions decode;
};

struct SearchAnswer {
  std::vector<SearchHit> hits;  // nearest first, ties by row of the embeddings
  double seconds = 0.0;         // of the search itself, without opening the project and embedding the query
};

// The images nearest to each query among all present images with an embedding; exact. One answer a query.
Result<std::vector<SearchAnswer>> search_project(const std::string& folder,
                                                 std::span<const SearchQuery> queries,
                                                 const SearchOptions& options = {},
                                                 Progress& progress = Progress::none());

}  // namespace clipcluster
