// The near-duplicates that a project knows of: which content follows which, and how they were found.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "clipcluster/dedup.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"
#include "pipeline/distinct_images.h"

namespace clipcluster::internal {

struct FollowedContent {
  std::string kept;  // pixel hash
  double agreement = 0.0;
};

struct StoredDuplicates {
  DedupOptions options;
  std::string key;  // of the contents, their embeddings and the options that they were found among
  std::unordered_map<std::string, FollowedContent> followed;  // by the copy's pixel hash
};

// None when the project was never searched for near-duplicates, or was told to forget them.
Result<std::optional<StoredDuplicates>> read_duplicates(const Project& project);

// Finds and stores them; does nothing when the stored ones are of the same images and options.
Result<StoredDuplicates> update_duplicates(Project& project, const DedupOptions& options,
                                           Progress& progress);

// read_duplicates gives none from now on.
Status drop_duplicates(Project& project);

// Of an image's files the one that stays: an index into ProjectFiles::images.
std::size_t preferred_file(const DistinctImage& image, const ProjectFiles& files, KeepRule rule);

// Takes the copies out of `distinct`, where what they follow is in it as well.
void leave_out_copies(const StoredDuplicates& duplicates, std::vector<DistinctImage>& distinct);

}  // namespace clipcluster::internal
