// Copying a part of one project into another.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_set>
#include <vector>

#include "clipcluster/pipeline.h"
#include "clipcluster/progress.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"
#include "pipeline/fitted_project.h"

namespace clipcluster::internal {

struct SliceImages {
  std::vector<ProjectImage> images;      // present ones, in the parent's order
  std::vector<ProjectContent> contents;  // of these images, each once, in the order of the images
  std::size_t points = 0;                // of the fit among the contents: near-duplicates do not count
  std::unordered_set<std::string> hashes() const;
};

Result<SliceImages> images_of_clusters(const FittedProject& parent, const SliceOrigin& origin);

// Makes `slice` hold these images: what it has already stays, what it lacks is copied, others become not
// present. So with a project of vectors when the rows are the same; else they are all copied again, for
// their order is the order in which they came.
Status copy_images(const Project& parent, const SliceImages& images, Project& slice, Progress& progress);

// What belongs to the images beside them: how they were decoded, metadata, groups of near-duplicates.
Status copy_settings(const Project& parent, const SliceImages& images, Project& slice);

}  // namespace clipcluster::internal
