// The text transformer, from token ids to unit vectors. CLIP's reads from left to right, and its result
// at the end token; SigLIP's in both directions, and its result at the last of a fixed number of tokens.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "clip/groups.h"
#include "clip/projection.h"
#include "clip/transformer.h"

namespace clipcluster::clip {

class TextTower {
 public:
  static Result<std::unique_ptr<TextTower>> load(const Checkpoint& checkpoint, const ClipConfig& config,
                                                 const engines::Engine& engine);

  std::size_t outputs() const { return projection_->outputs(); }
  // Each text: 1 to max_position_embeddings ids, for SigLIP exactly so many; all below vocab_size.
  MatrixF embed(std::span<const std::vector<int>> texts) const;

 private:
  TextTower() = default;
  Status load_end(const Checkpoint& checkpoint, const ClipConfig& config);
  std::size_t rows_for(const std::vector<int>& ids) const;
  std::size_t end_position(const std::vector<int>& ids) const;
  void start_stream(const std::vector<int>& ids, std::size_t rows, float* stream) const;
  void embed_group(std::span<const std::vector<int>> texts, std::span<const std::size_t> which,
                   std::size_t rows, Workspace& workspace, MatrixF& embeddings) const;

  TextConfig config_;
  bool causal_ = true;
  std::vector<int> row_counts_;  // largest first
  std::vector<float> token_embedding_;
  std::vector<float> position_embedding_;
  std::unique_ptr<Transformer> encoder_;
  std::unique_ptr<Projection> projection_;
  mutable WorkspacePool pool_;
};

}  // namespace clipcluster::clip
