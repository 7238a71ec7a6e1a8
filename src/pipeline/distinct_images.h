// The distinct pixels of a project's present, usable files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "clipcluster/project.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

struct DistinctImage {
  ProjectContent content;
  std::vector<std::size_t> files;  // indices into ProjectFiles::images, by path; the first represents it
};

struct ProjectFiles {
  std::vector<ProjectImage> images;     // present ones, by path, skipped ones included
  std::vector<DistinctImage> distinct;  // by first path: the order does not depend on how the project
                                        // came to be
};

Result<ProjectFiles> read_project_files(const Project& project);

}  // namespace clipcluster::internal
