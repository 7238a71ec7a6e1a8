// The images of a project that are nearest to words, to a picture or to a cluster.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "clipcluster/neighbors.h"
#include "clipcluster/pipeline.h"
#include "clipcluster/words.h"
#include "pipeline/model.h"
#include "pipeline/text_model.h"

namespace clipcluster {
namespace {

using Clock = std::chrono::steady_clock;

class Searching {
 public:
  Searching(const Project& project, const SearchOptions& options, Progress& progress)
      : project_(project), options_(options), progress_(progress) {}

  Status open() {
    CLIPCLUSTER_ASSIGN_OR_RETURN(embeddings_, project_.embeddings());
    if (embeddings_.rows() > 0) return {};
    return Status::not_found("the project in '" + project_.folder() +
                             "' has no images yet. Run clipcluster run.");
  }

  Result<std::vector<float>> vector_of(const SearchQuery& query) {
    switch (query.kind) {
      case SearchQuery::Kind::text:
        return text_vector(query.text);
      case SearchQuery::Kind::image:
        return image_vector(query.text);
      case SearchQuery::Kind::cluster:
        return cluster_vector(query.number);
      case SearchQuery::Kind::row:
        return row_vector(query.number);
    }
    return Status::invalid_argument("a query of no kind");
  }

  // Rows without a present file are passed over; where that leaves too few, more are asked for.
  Result<SearchAnswer> nearest(const std::vector<float>& vector) const {
    const auto wanted = static_cast<std::size_t>(options_.top);
    SearchAnswer answer;
    for (std::size_t k = wanted + 16;; k *= 4) {
      const auto started = Clock::now();
      NeighborOptions options;
      options.k = static_cast<int>(std::min(k, embeddings_.rows()));
      options.metric = Metric::cosine;
      CLIPCLUSTER_ASSIGN_OR_RETURN(
          const NeighborLists found,
          query_neighbors(embeddings_, MatrixView<const float>(vector.data(), 1, vector.size()), options));
      answer.seconds += std::chrono::duration<double>(Clock::now() - started).count();
      CLIPCLUSTER_ASSIGN_OR_RETURN(answer.hits, hits_of(found, wanted));
      if (answer.hits.size() == wanted || k >= embeddings_.rows()) return answer;
    }
  }

 private:
  Status no_images() const {
    return Status::invalid_argument(
        "the project in '" + project_.folder() +
        "' was made from embeddings and has no images; search by --row, by --cluster, "
        "or by words with --model.");
  }

  Result<std::vector<float>> text_vector(const std::string& text) {
    if (!text_model_) {
      CLIPCLUSTER_ASSIGN_OR_RETURN(text_model_, internal::load_text_tower(project_, options_.model_folder));
    }
    CLIPCLUSTER_ASSIGN_OR_RETURN(const MatrixF vectors, text_model_->embed_texts({&text, 1}));
    return std::vector<float>(vectors.data(), vectors.data() + vectors.size());
  }

  std::vector<float> stored(std::int64_t row) const {
    const auto vector = embeddings_.view().row_span(static_cast<std::size_t>(row));
    return {vector.begin(), vector.end()};
  }

  // A file of the project itself needs no model.
  Result<std::optional<std::int64_t>> known_row(const std::string& path) const {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error || size > options_.decode.max_bytes) return std::optional<std::int64_t>();
    std::ifstream in(path, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const std::string hash =
        hash_bytes({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<ProjectContent> content,
                                 project_.content_by_byte_hash(hash));
    if (!content || content->embedding_row < 0) return std::optional<std::int64_t>();
    return std::optional<std::int64_t>(content->embedding_row);
  }

  Result<std::vector<float>> image_vector(const std::string& path) const {
    if (project_.kind() == ProjectKind::vectors) return no_images();
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
      return Status::not_found(fmt::format("there is no image file '{}'", path));
    CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::int64_t> row, known_row(path));
    if (row) return stored(*row);
    EmbedOptions embed;
    embed.inputs = {path};
    embed.decode = options_.decode;
    embed.precision = internal::precision_of(*project_.space());
    CLIPCLUSTER_ASSIGN_OR_RETURN(embed.model_folder,
                                 internal::model_folder_of(project_, options_.model_folder));
    CLIPCLUSTER_ASSIGN_OR_RETURN(const EmbeddedFiles files, embed_files(embed, progress_));
    CLIPCLUSTER_RETURN_IF_ERROR(internal::check_model(project_, files.space));
    if (files.embeddings.rows() == 1) {
      return std::vector<float>(files.embeddings.data(), files.embeddings.data() + files.embeddings.size());
    }
    return Status::invalid_argument(
        fmt::format("'{}' cannot be searched for: {}", path,
                    files.skipped.empty() ? "it is not one image" : files.skipped.front().message));
  }

  // The mean of the members' vectors, weighted by how sure their membership is.
  Result<std::vector<float>> cluster_vector(std::int64_t label) const {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<ProjectFit> fit, project_.fit());
    const std::size_t clusters = fit ? fit->clusters.size() : 0;
    if (label < 0 || static_cast<std::size_t>(label) >= clusters) {
      return Status::invalid_argument(clusters == 0
                                          ? fmt::format("'{}' has no clusters", project_.folder())
                                          : fmt::format("'{}' has no cluster {}; its clusters are 0 to {}",
                                                        project_.folder(), label, clusters - 1));
    }
    CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<ProjectContent> contents, project_.contents());
    std::unordered_map<std::int64_t, std::int64_t> rows;
    for (const ProjectContent& content : contents) rows.emplace(content.id, content.embedding_row);
    std::vector<double> sum(embeddings_.cols(), 0.0);
    for (const ProjectPoint& point : fit->points) {
      const auto row = rows.find(point.content);
      if (point.label != label || row == rows.end() || row->second < 0) continue;
      const float* vector = embeddings_.view().row(static_cast<std::size_t>(row->second));
      // Members of probability 0 alone (held out, far away) must still have a mean.
      const double weight = std::max(point.probability, 1e-6);
      for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += weight * vector[j];
    }
    double squares = 0.0;
    for (const double value : sum) squares += value * value;
    const double scale = squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0;
    std::vector<float> centre;
    for (const double value : sum) centre.push_back(static_cast<float>(value * scale));
    return centre;
  }

  // Equal rows of the matrix share one embedding, so rows are counted as the project's entries.
  Result<std::vector<float>> row_vector(std::int64_t row) const {
    if (project_.kind() != ProjectKind::vectors) {
      return Status::invalid_argument("the project in '" + project_.folder() +
                                      "' is made of images; search by an image file instead of a row.");
    }
    CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<ProjectImage> rows, project_.images());
    if (row < 0 || static_cast<std::size_t>(row) >= rows.size()) {
      return Status::invalid_argument(
          fmt::format("'{}' has no row {}; its rows are 0 to {}", project_.folder(), row, rows.size() - 1));
    }
    CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<ProjectContent> contents, project_.contents());
    for (const ProjectContent& content : contents) {
      if (content.id == rows[static_cast<std::size_t>(row)].content) return stored(content.embedding_row);
    }
    return Status::corrupt("the catalogue of '" + project_.folder() + "' has a row without an embedding.");
  }

  Result<std::vector<SearchHit>> hits_of(const NeighborLists& found, std::size_t wanted) const {
    std::vector<std::int64_t> rows;
    std::unordered_map<std::int64_t, double> similarity;
    for (std::size_t j = 0; j < found.indices.cols(); ++j) {
      rows.push_back(found.indices(0, j));
      similarity.emplace(rows.back(), 1.0 - static_cast<double>(found.distances(0, j)));
    }
    CLIPCLUSTER_ASSIGN_OR_RETURN(std::vector<ProjectMatch> matches, project_.matches(rows));
    matches.resize(std::min(matches.size(), wanted));
    std::vector<SearchHit> hits;
    for (ProjectMatch& match : matches) {
      SearchHit hit;
      hit.path = match.paths.front();
      hit.copies.assign(match.paths.begin() + 1, match.paths.end());
      hit.similarity = similarity.at(match.embedding_row);
      hit.label = match.label;
      hit.probability = match.probability;
      hit.name = std::move(match.cluster_name);
      hits.push_back(std::move(hit));
    }
    return hits;
  }

  const Project& project_;
  const SearchOptions& options_;
  Progress& progress_;
  SharedMatrix<float> embeddings_;
  std::optional<ClipModel> text_model_;
};

}  // namespace

Result<std::vector<SearchAnswer>> search_project(const std::string& folder,
                                                 std::span<const SearchQuery> queries,
                                                 const SearchOptions& options, Progress& progress) {
  if (options.top < 1)
    return Status::invalid_argument(fmt::format("top is {}; it must be at least 1", options.top));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Project project, Project::open(folder));
  if (!project.space()) {
    return Status::not_found("the project in '" + folder +
                             "' has no images yet: its run was stopped. Run clipcluster run again.");
  }
  Searching searching(project, options, progress);
  CLIPCLUSTER_RETURN_IF_ERROR(searching.open());
  std::vector<SearchAnswer> answers;
  for (const SearchQuery& query : queries) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<float> vector, searching.vector_of(query));
    CLIPCLUSTER_ASSIGN_OR_RETURN(SearchAnswer answer, searching.nearest(vector));
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace clipcluster
