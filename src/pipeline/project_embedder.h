// Brings the embeddings of a project up to date with its files.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "clipcluster/clip.h"
#include "clipcluster/images.h"
#include "clipcluster/progress.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

struct EmbedderOptions {
  DecodeOptions decode;
  int thumbnail_side = 256;
};

// What the catalogue says of a file by its size and modification time is believed; any other file is
// read, and decoded and embedded only if neither its bytes nor its pixels are known. Skipped files
// are tried again: what stood in their way may be gone.
class ProjectEmbedder {
 public:
  // The model's space must be the project's.
  ProjectEmbedder(Project& project, const ClipModel& model, const EmbedderOptions& options);
  ~ProjectEmbedder();
  ProjectEmbedder(const ProjectEmbedder&) = delete;
  ProjectEmbedder& operator=(const ProjectEmbedder&) = delete;

  // Every ~2 seconds what was done is made durable, also when the work ends early.
  Status embed(std::span<const FoundFile> files, Progress& progress);
  // Contents embedded by embed().
  std::size_t embedded() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace clipcluster::internal
