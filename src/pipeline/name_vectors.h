// Vectors of a vocabulary's names, from the model or from an earlier time.
#pragma once

#include <string>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

struct NameVectors {
  SharedMatrix<float> vectors;  // [names, size], unit rows
  std::size_t embedded = 0;     // texts that the model was asked for
};

// Kept in cache_folder under a name made of model, precision, templates and names; a file there that cannot
// be read is made anew, and a folder that cannot be written is done without.
Result<NameVectors> name_vectors(const Project& project, const std::string& model_folder,
                                 const std::vector<std::string>& names,
                                 const std::vector<std::string>& templates, const std::string& cache_folder,
                                 Progress& progress);

}  // namespace clipcluster::internal
