// What an open project consists of. Shared by the project_*.cpp files and nobody else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalogue/embedding_file.h"
#include "catalogue/folder_lock.h"
#include "catalogue/posix_file.h"
#include "catalogue/sqlite.h"
#include "clipcluster/project.h"

namespace clipcluster {

struct Project::Parts {
  std::string folder;
  ProjectKind kind = ProjectKind::images;
  bool writable = false;
  std::optional<internal::FolderLock> lock;  // destroyed last: it is declared before what it protects
  mutable internal::Database database;       // reading needs prepared statements, which change it
  std::optional<EmbeddingSpace> space;
  std::optional<internal::EmbeddingFile> embeddings;
  std::optional<internal::PosixFile> thumbnails;  // none: nothing was written to it yet
  std::uint64_t rows = 0;                         // valid rows of `embeddings`
  std::uint64_t thumbnail_bytes = 0;              // valid bytes of `thumbnails`
  std::vector<std::string> recovered;

  std::string file(const std::string& name) const { return folder + "/" + name; }
  std::string fit_folder(std::int64_t id) const { return folder + "/fits/" + std::to_string(id); }

  // Files by path, so that the order does not depend on how the project came to be; rows of a matrix
  // as they came.
  const char* image_order() const { return kind == ProjectKind::images ? "path" : "id"; }

  // project.cpp
  Status open_database();
  Status read_kind(std::optional<ProjectKind> expected);
  Status read_space();

  // project_recovery.cpp: for a writer, after the above.
  Status recover();
  Status recover_embeddings();
  Status recover_thumbnails();
  void remove_leftovers();

  // Everything that depends on the embeddings of the current space, inside a transaction.
  Status forget_fit();
};

namespace internal {

inline constexpr const char* kCatalogueName = "catalogue.sqlite";
inline constexpr const char* kLockName = "lock";
inline constexpr const char* kThumbnailsName = "thumbnails.pack";
inline constexpr const char* kFitsName = "fits";
inline constexpr const char* kEmbeddingsPrefix = "embeddings-";

}  // namespace internal
}  // namespace clipcluster
