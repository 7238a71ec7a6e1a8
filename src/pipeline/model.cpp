#include "pipeline/model.h"

#include "pipeline/paths.h"

namespace clipcluster::internal {

Result<ClipModel> load_image_tower(const std::string& folder, Precision precision) {
  ClipOptions options;
  options.precision = precision;
  options.text_tower = false;
  return ClipModel::load(absolute_path(folder), options);
}

EmbeddingSpace space_of(const ClipModel& model) {
  return {model.folder(), model.fingerprint(), precision_name(model.precision()), model.embedding_size()};
}

bool same_space(const EmbeddingSpace& a, const EmbeddingSpace& b) {
  return a.fingerprint == b.fingerprint && a.precision == b.precision && a.size == b.size;
}

Precision precision_of(const EmbeddingSpace& space) {
  const Precision precision = precision_named(space.precision);
  return precision == Precision::automatic ? Precision::f32 : precision;
}

bool is_demonstration_model(const EmbeddingSpace& space) {
  return space.model_folder == "clip-mini" || space.model_folder.ends_with("/clip-mini");
}

}  // namespace clipcluster::internal
