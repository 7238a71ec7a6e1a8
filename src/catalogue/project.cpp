#include "clipcluster/project.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/system_error.h"
#include "catalogue/project_parts.h"
#include "catalogue/schema.h"

namespace clipcluster {
namespace {

namespace fs = std::filesystem;
using internal::Database;
using internal::SchemaState;

bool is_ours(const std::string& name) {
  return name == internal::kLockName || name.starts_with(internal::kCatalogueName);
}

// A folder that may become a project: empty, or one whose creation was stopped.
Status check_free(const std::string& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (is_ours(name)) continue;
    return Status::invalid_argument(fmt::format(
        "'{}' is not a clipcluster project and not empty (it holds '{}'). Name a new or an empty folder.",
        folder, name));
  }
  if (error) return internal::system_error("read the folder", folder, error.value());
  return {};
}

Result<std::string> absolute_folder(const std::string& folder) {
  if (folder.empty()) return Status::invalid_argument("the project folder has no name");
  std::error_code error;
  const fs::path path = fs::absolute(folder, error).lexically_normal();
  if (error) return internal::system_error("find", folder, error.value());
  std::string text = path.string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

Status make_folder(const std::string& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return {};
  if (fs::exists(folder, error)) {
    return Status::invalid_argument("'" + folder + "' is a file. Name a folder for the project.");
  }
  fs::create_directories(folder, error);
  if (error) return internal::system_error("create the folder", folder, error.value());
  return {};
}

}  // namespace

const char* project_kind_name(ProjectKind kind) {
  return kind == ProjectKind::images ? "images" : "vectors";
}

Project::Project(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Project::Project(Project&&) noexcept = default;
Project& Project::operator=(Project&&) noexcept = default;
Project::~Project() = default;

Status Project::Parts::open_database() {
  const auto mode = writable ? Database::Mode::write : Database::Mode::read;
  CLIPCLUSTER_ASSIGN_OR_RETURN(database, Database::open(file(internal::kCatalogueName), mode));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const SchemaState state,
                               internal::check_schema(database, file(internal::kCatalogueName)));
  if (state == SchemaState::ready) return {};
  if (!writable) {
    return Status::not_found("the project in '" + folder +
                             "' is still empty: it was stopped at once. Run clipcluster run again.");
  }
  return internal::create_schema(database);
}

Status Project::Parts::read_kind(std::optional<ProjectKind> expected) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(auto statement,
                               database.prepare("SELECT value FROM setting WHERE name = 'kind'"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const bool known, statement.next());
  if (!known) {
    if (!expected)
      return Status::not_found("the project in '" + folder +
                               "' is still empty. Run clipcluster run again.");
    kind = *expected;
    CLIPCLUSTER_ASSIGN_OR_RETURN(auto insert,
                                 database.prepare("INSERT INTO setting (name, value) VALUES ('kind', ?)"));
    return insert.bind(1, std::string_view(project_kind_name(kind))).run();
  }
  kind = statement.text(0) == "vectors" ? ProjectKind::vectors : ProjectKind::images;
  if (expected && *expected != kind) {
    return Status::invalid_argument(
        fmt::format("'{}' is a project made from {}, not from {}. Name another folder.", folder,
                    kind == ProjectKind::images ? "images" : "embeddings",
                    kind == ProjectKind::images ? "embeddings" : "images"));
  }
  return {};
}

Status Project::Parts::read_space() {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      auto statement,
      database.prepare("SELECT file, model_folder, fingerprint, precision, size FROM space"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const bool known, statement.next());
  if (!known) return {};
  space = EmbeddingSpace{statement.text(1), statement.text(2), statement.text(3),
                         static_cast<int>(statement.integer(4))};
  const std::string path = file(statement.text(0));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::int64_t valid,
                               database.integer("SELECT ifnull(max(embedding_row) + 1, 0) FROM content"));
  rows = static_cast<std::uint64_t>(valid);
  if (writable) return {};  // recover_embeddings opens the file and puts right what it can
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      embeddings, internal::EmbeddingFile::open(path, *space, internal::PosixFile::Mode::read));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::uint64_t there, embeddings->rows());
  if (there >= rows) return {};
  return Status::corrupt(fmt::format(
      "{} holds {} of {} embeddings: it was cut short. Run clipcluster run again to embed the others anew.",
      path, there, rows));
}

Result<Project> Project::open(const std::string& folder) {
  auto parts = std::make_unique<Parts>();
  CLIPCLUSTER_ASSIGN_OR_RETURN(parts->folder, absolute_folder(folder));
  std::error_code error;
  if (!fs::exists(parts->folder, error)) {
    return Status::not_found("there is no project folder '" + folder + "'. Make one with clipcluster run.");
  }
  if (!fs::exists(parts->file(internal::kCatalogueName), error)) {
    return Status::not_found("'" + folder + "' is not a clipcluster project: it has no " +
                             internal::kCatalogueName + ".");
  }
  CLIPCLUSTER_RETURN_IF_ERROR(parts->open_database());
  CLIPCLUSTER_RETURN_IF_ERROR(parts->read_kind(std::nullopt));
  CLIPCLUSTER_RETURN_IF_ERROR(parts->read_space());
  auto thumbnails =
      internal::PosixFile::open(parts->file(internal::kThumbnailsName), internal::PosixFile::Mode::read);
  if (thumbnails.is_ok()) parts->thumbnails = std::move(thumbnails).value();
  return Project(std::move(parts));
}

Result<Project> Project::open_for_writing(const std::string& folder, ProjectKind kind) {
  auto parts = std::make_unique<Parts>();
  parts->writable = true;
  CLIPCLUSTER_ASSIGN_OR_RETURN(parts->folder, absolute_folder(folder));
  CLIPCLUSTER_RETURN_IF_ERROR(make_folder(parts->folder));
  std::error_code error;
  if (!fs::exists(parts->file(internal::kCatalogueName), error)) {
    CLIPCLUSTER_RETURN_IF_ERROR(check_free(parts->folder));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(parts->lock, internal::FolderLock::take(parts->file(internal::kLockName)));
  CLIPCLUSTER_RETURN_IF_ERROR(parts->open_database());
  CLIPCLUSTER_RETURN_IF_ERROR(parts->database.execute("PRAGMA synchronous = FULL"));
  CLIPCLUSTER_RETURN_IF_ERROR(parts->read_kind(kind));
  CLIPCLUSTER_RETURN_IF_ERROR(parts->read_space());
  CLIPCLUSTER_RETURN_IF_ERROR(parts->recover());
  return Project(std::move(parts));
}

Status Project::check_no_writer(const std::string& folder) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string absolute, absolute_folder(folder));
  return internal::FolderLock::check_free(absolute + "/" + internal::kLockName);
}

const std::string& Project::folder() const { return parts_->folder; }
ProjectKind Project::kind() const { return parts_->kind; }
int Project::format_version() const { return internal::kProjectFormatVersion; }
const std::vector<std::string>& Project::recovered() const { return parts_->recovered; }
const std::optional<EmbeddingSpace>& Project::space() const { return parts_->space; }

std::uint64_t Project::bytes_on_disk() const {
  std::uint64_t total = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(parts_->folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    const std::uintmax_t size = entry->is_regular_file(ignored) ? entry->file_size(ignored) : 0;
    if (!ignored) total += size;
  }
  return total;
}

Result<std::optional<std::string>> Project::setting(const std::string& name) const {
  CLIPCLUSTER_ASSIGN_OR_RETURN(auto statement,
                               parts_->database.prepare("SELECT value FROM setting WHERE name = ?"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const bool known, statement.bind(1, name).next());
  return known ? std::optional<std::string>(statement.text(0)) : std::nullopt;
}

Status Project::set_setting(const std::string& name, const std::string& value) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      auto statement, parts_->database.prepare("INSERT INTO setting (name, value) VALUES (?, ?) "
                                               "ON CONFLICT (name) DO UPDATE SET value = excluded.value"));
  return statement.bind(1, name).bind(2, value).run();
}

Result<std::string> Project::state() const {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      auto statement,
      parts_->database.prepare(
          "SELECT ifnull((SELECT max(id) FROM space), 0), ifnull((SELECT max(id) FROM fit), 0)"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const bool row, statement.next());
  if (!row) return Status::internal("SQLite gave no row");
  return fmt::format("{}.{}", statement.integer(0), statement.integer(1));
}

}  // namespace clipcluster
