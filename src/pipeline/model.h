// The model that makes a project's embeddings.
#pragma once

#include <string>

#include "clipcluster/clip.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

Result<ClipModel> load_image_tower(const std::string& folder, Precision precision);
EmbeddingSpace space_of(const ClipModel& model);
// Embeddings of the two may stand side by side.
bool same_space(const EmbeddingSpace& a, const EmbeddingSpace& b);
Precision precision_of(const EmbeddingSpace& space);
// The small built-in model, which is there to show how things work.
bool is_demonstration_model(const EmbeddingSpace& space);

}  // namespace clipcluster::internal
