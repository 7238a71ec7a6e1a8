// Fits: written to a folder of their own, made current in one transaction.
#include <fmt/format.h>

#include <cassert>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/system_error.h"
#include "catalogue/project_parts.h"
#include "clipcluster/array_files.h"

namespace clipcluster {
namespace {

namespace fs = std::filesystem;
using internal::Database;
using internal::Statement;
using internal::Transaction;

// Layouts of the models that this program can read; each model checks its own version too.
constexpr int kNewestModelVersion = 1'000'000;

constexpr const char* kCoordinatesName = "/coordinates.npy";
constexpr const char* kMapName = "/map.npy";
constexpr const char* kPcaName = "/pca.ccm";
constexpr const char* kUmapName = "/umap.ccm";
constexpr const char* kTsneName = "/tsne.ccm";
constexpr const char* kHdbscanName = "/hdbscan.ccm";
constexpr const char* kNeighborsName = "/neighbors.ccm";
constexpr const char* kNoiseName = "/noise.ccm";
constexpr const char* kStabilityName = "/stability.ccm";

Status write_arrays(const std::string& folder, const ProjectFitArrays& arrays) {
  CLIPCLUSTER_RETURN_IF_ERROR(write_npy(folder + kCoordinatesName, arrays.coordinates.view()));
  CLIPCLUSTER_RETURN_IF_ERROR(write_npy(folder + kMapName, arrays.map.view()));
  if (arrays.pca) CLIPCLUSTER_RETURN_IF_ERROR(write_model(folder + kPcaName, *arrays.pca));
  if (arrays.umap) CLIPCLUSTER_RETURN_IF_ERROR(write_model(folder + kUmapName, *arrays.umap));
  if (arrays.tsne) CLIPCLUSTER_RETURN_IF_ERROR(write_model(folder + kTsneName, *arrays.tsne));
  if (arrays.hdbscan) CLIPCLUSTER_RETURN_IF_ERROR(write_model(folder + kHdbscanName, *arrays.hdbscan));
  if (arrays.neighbors)
    CLIPCLUSTER_RETURN_IF_ERROR(write_model(folder + kNeighborsName, *arrays.neighbors));
  if (arrays.noise) CLIPCLUSTER_RETURN_IF_ERROR(write_model(folder + kNoiseName, *arrays.noise));
  if (arrays.stability)
    CLIPCLUSTER_RETURN_IF_ERROR(write_model(folder + kStabilityName, *arrays.stability));
  return {};
}

Status make_fit_folder(const std::string& project, const std::string& folder) {
  std::error_code error;
  fs::remove_all(folder, error);  // a writer may have been stopped here
  fs::create_directories(folder, error);
  if (error) return internal::system_error("create the folder", folder, error.value());
  CLIPCLUSTER_RETURN_IF_ERROR(internal::sync_folder(project + "/" + internal::kFitsName));
  return internal::sync_folder(project);
}

Status write_points(Database& database, std::int64_t id, const std::vector<ProjectPoint>& points) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement insert,
      database.prepare(
          "INSERT INTO point (fit, number, content, label, probability, outlier_score, held_out) "
          "VALUES (?, ?, ?, ?, ?, ?, ?)"));
  std::int64_t number = 0;
  for (const ProjectPoint& point : points) {
    insert.bind(1, id).bind(2, number++).bind(3, point.content).bind(4, std::int64_t{point.label});
    insert.bind(5, point.probability).bind(6, point.outlier_score);
    insert.bind(7, std::int64_t{point.held_out ? 1 : 0});
    CLIPCLUSTER_RETURN_IF_ERROR(insert.run());
  }
  return {};
}

Status write_clusters(Database& database, std::int64_t id, const std::vector<ProjectCluster>& clusters) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement insert,
      database.prepare("INSERT INTO cluster (fit, label, size, persistence, name) VALUES (?, ?, ?, ?, ?)"));
  std::int64_t label = 0;
  for (const ProjectCluster& cluster : clusters) {
    insert.bind(1, id)
        .bind(2, label++)
        .bind(3, cluster.size)
        .bind(4, cluster.persistence)
        .bind(5, cluster.name);
    CLIPCLUSTER_RETURN_IF_ERROR(insert.run());
  }
  return {};
}

Status write_fit(Database& database, std::int64_t id, const ProjectFit& fit) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement insert,
      database.prepare("INSERT INTO fit (id, key, options, figures) VALUES (?, ?, ?, ?)"));
  CLIPCLUSTER_RETURN_IF_ERROR(
      insert.bind(1, id).bind(2, fit.key).bind(3, fit.options).bind(4, fit.figures).run());
  CLIPCLUSTER_RETURN_IF_ERROR(write_points(database, id, fit.points));
  return write_clusters(database, id, fit.clusters);
}

Status read_points(Database& database, ProjectFit& fit) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement statement,
      database.prepare("SELECT content, label, probability, outlier_score, held_out FROM point "
                       "WHERE fit = ? ORDER BY number"));
  statement.bind(1, fit.id);
  while (true) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const bool row, statement.next());
    if (!row) return {};
    fit.points.push_back({statement.integer(0), static_cast<std::int32_t>(statement.integer(1)),
                          statement.real(2), statement.real(3), statement.integer(4) != 0});
  }
}

Status read_clusters(Database& database, ProjectFit& fit) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement statement,
      database.prepare("SELECT size, persistence, name FROM cluster WHERE fit = ? ORDER BY label"));
  statement.bind(1, fit.id);
  while (true) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const bool row, statement.next());
    if (!row) return {};
    fit.clusters.push_back({statement.integer(0), statement.real(1), statement.text(2)});
  }
}

Status check_rows(const std::string& path, std::size_t rows, std::size_t points) {
  if (rows == points) return {};
  return Status::corrupt(fmt::format(
      "{} has {} rows, but the fit has {} points. Run clipcluster run again.", path, rows, points));
}

Result<std::optional<NamedArrays>> read_optional_model(const std::string& path, const char* kind) {
  std::error_code error;
  if (!fs::exists(path, error)) return std::optional<NamedArrays>();
  CLIPCLUSTER_ASSIGN_OR_RETURN(NamedArrays arrays, read_model(path, kind, kNewestModelVersion));
  return std::optional<NamedArrays>(std::move(arrays));
}

}  // namespace

Status Project::store_fit(const ProjectFit& fit, const ProjectFitArrays& arrays) {
  assert(parts_->writable);
  assert(arrays.coordinates.rows() == fit.points.size() && arrays.map.rows() == fit.points.size());
  Database& database = parts_->database;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::int64_t last,
                               database.integer("SELECT value FROM setting WHERE name = 'last fit'"));
  const std::int64_t id = last + 1;
  const std::string folder = parts_->fit_folder(id);
  std::error_code ignored;
  Status written = make_fit_folder(parts_->folder, folder);
  if (written.is_ok()) written = write_arrays(folder, arrays);
  if (!written.is_ok()) {
    fs::remove_all(folder, ignored);  // a full disk gets its space back
    return written;
  }
  Transaction transaction(database);
  CLIPCLUSTER_RETURN_IF_ERROR(transaction.begin_writing());
  CLIPCLUSTER_RETURN_IF_ERROR(parts_->forget_fit());
  CLIPCLUSTER_RETURN_IF_ERROR(write_fit(database, id, fit));
  CLIPCLUSTER_RETURN_IF_ERROR(set_setting("last fit", std::to_string(id)));
  CLIPCLUSTER_RETURN_IF_ERROR(transaction.commit());
  parts_->remove_leftovers();
  return {};
}

Result<std::optional<ProjectFit>> Project::fit() const {
  Transaction transaction(parts_->database);
  CLIPCLUSTER_RETURN_IF_ERROR(transaction.begin_reading());
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement statement,
      parts_->database.prepare("SELECT id, key, options, figures FROM fit ORDER BY id DESC LIMIT 1"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const bool known, statement.next());
  if (!known) return std::optional<ProjectFit>();
  ProjectFit fit;
  fit.id = statement.integer(0);
  fit.key = statement.text(1);
  fit.options = statement.text(2);
  fit.figures = statement.text(3);
  CLIPCLUSTER_RETURN_IF_ERROR(read_points(parts_->database, fit));
  CLIPCLUSTER_RETURN_IF_ERROR(read_clusters(parts_->database, fit));
  return std::optional<ProjectFit>(std::move(fit));
}

Result<ProjectFitArrays> Project::fit_arrays(const ProjectFit& fit) const {
  const std::string folder = parts_->fit_folder(fit.id);
  ProjectFitArrays arrays;
  CLIPCLUSTER_ASSIGN_OR_RETURN(arrays.coordinates, read_npy<float>(folder + kCoordinatesName));
  CLIPCLUSTER_ASSIGN_OR_RETURN(arrays.map, read_npy<float>(folder + kMapName));
  CLIPCLUSTER_RETURN_IF_ERROR(
      check_rows(folder + kCoordinatesName, arrays.coordinates.rows(), fit.points.size()));
  CLIPCLUSTER_RETURN_IF_ERROR(check_rows(folder + kMapName, arrays.map.rows(), fit.points.size()));
  CLIPCLUSTER_ASSIGN_OR_RETURN(arrays.pca, read_optional_model(folder + kPcaName, "pca"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(arrays.umap, read_optional_model(folder + kUmapName, "umap"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(arrays.tsne, read_optional_model(folder + kTsneName, "tsne"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(arrays.hdbscan, read_optional_model(folder + kHdbscanName, "hdbscan"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(arrays.neighbors, read_optional_model(folder + kNeighborsName, "neighbors"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(arrays.noise, read_optional_model(folder + kNoiseName, "noise"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(arrays.stability, read_optional_model(folder + kStabilityName, "stability"));
  return arrays;
}

Status Project::set_cluster_name(std::int32_t label, const std::string& name) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(Statement update,
                               parts_->database.prepare("UPDATE cluster SET name = ? WHERE label = ?"));
  return update.bind(1, name).bind(2, std::int64_t{label}).run();
}

Status Project::set_cluster_names(std::int64_t fit, std::span<const std::string> names,
                                  const std::string& details) {
  assert(parts_->writable);
  Transaction transaction(parts_->database);
  CLIPCLUSTER_RETURN_IF_ERROR(transaction.begin_writing());
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::int64_t current,
                               parts_->database.integer("SELECT ifnull(max(id), 0) FROM fit"));
  if (current != fit) {
    return Status::invalid_argument("the project in '" + parts_->folder +
                                    "' was fitted again meanwhile; name its clusters again.");
  }
  for (std::size_t label = 0; label < names.size(); ++label) {
    CLIPCLUSTER_RETURN_IF_ERROR(set_cluster_name(static_cast<std::int32_t>(label), names[label]));
  }
  CLIPCLUSTER_RETURN_IF_ERROR(set_setting("names", details));
  return transaction.commit();
}

}  // namespace clipcluster
