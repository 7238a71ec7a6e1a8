// The text tower that belongs to a project's embeddings.
#pragma once

#include <string>

#include "clipcluster/clip.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

// `given` empty: the folder that the project remembers. A sentence when there is none, when it is another
// model, or when it has no text tower.
Result<ClipModel> load_text_tower(const Project& project, const std::string& given);

// The folder as above, without loading it.
Result<std::string> model_folder_of(const Project& project, const std::string& given);

// The model's vectors may stand beside the project's.
Status check_model(const Project& project, const EmbeddingSpace& model);

}  // namespace clipcluster::internal
