// A project with everything that its fit says, read in one consistent state.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "clipcluster/named_arrays.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

// An image that is nearly a point's, and follows it.
struct FittedNearDuplicate {
  ProjectContent content;
  std::string path;                 // of the file that represents it
  std::vector<std::string> copies;  // present files with the same pixels, without `path`
};

struct FittedPoint {
  ProjectContent content;
  std::string path;                      // of the file that represents it
  std::vector<std::string> copies;       // present files with the same pixels, without `path`, and then its
                                         // near-duplicates'
  std::size_t exact_copies = 0;          // how many of `copies` have the same pixels: the first ones
  std::vector<std::string> byte_hashes;  // of all these files
  std::vector<std::string> copy_pixel_hashes;        // of the near-duplicates
  std::vector<FittedNearDuplicate> near_duplicates;  // those that have present files
};

struct FittedProject {
  std::shared_ptr<Project> project;
  ProjectFit fit;
  ProjectFitArrays arrays;
  std::vector<FittedPoint> points;   // beside fit.points
  SharedMatrix<float> embeddings;    // [points, size]
  std::size_t training = 0;          // the first `training` points
  std::vector<ProjectImage> images;  // present ones

  SharedMatrix<float> training_embeddings() const {
    return {embeddings.owner(), embeddings.view().rows_between(0, training)};
  }
};

// not_found when the project has no fit yet.
Result<FittedProject> read_fitted_project(const std::string& folder);

}  // namespace clipcluster::internal
