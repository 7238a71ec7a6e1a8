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
  ProjectEmbedder(Project& project, const EmbedderOptions& options);
  ~ProjectEmbedder();
  ProjectEmbedder(const ProjectEmbedder&) = delete;
  ProjectEmbedder& operator=(const ProjectEmbedder&) = delete;

  // Reads what the project knows, and finds the files about which that is not enough.
  Status look_at(std::span<const FoundFile> files);
  // Reads those that the catalogue knows by name without a model: most were skipped before and will be
  // again, or have a new date only. Does nothing if other files need the model anyway.
  Status try_without_model(Progress& progress);
  std::size_t files_to_read() const;
  bool needs_model() const { return files_to_read() > 0; }
  // Embeds the others. The model's space must be the project's. Every ~2 seconds what was done is made
  // durable, also when the work ends early.
  Status embed(const ClipModel& model, Progress& progress);

  std::size_t embedded() const;      // contents
  std::size_t files_read() const;    // by this object, as all below
  std::uint64_t bytes_read() const;  // of those files

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace clipcluster::internal
