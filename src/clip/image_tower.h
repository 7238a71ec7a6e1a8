// The vision transformer (Dosovitskiy et al., "An image is worth 16x16 words", 2021), from pixels to unit
// vectors. CLIP's has a class token, whose row is projected, and a layer norm before the encoder;
// SigLIP's has neither and pools all rows by attention.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "clip/attention_pooling.h"
#include "clip/groups.h"
#include "clip/projection.h"
#include "clip/transformer.h"
#include "clipcluster/images.h"

namespace clipcluster::clip {

class ImageTower {
 public:
  static Result<std::unique_ptr<ImageTower>> load(const Checkpoint& checkpoint, const ClipConfig& config,
                                                  const PreprocessOptions& preprocess,
                                                  const engines::Engine& engine);

  std::size_t outputs() const;  // columns of the embeddings
  // images: image_size x image_size; embeddings [images.size(), outputs()].
  void embed(std::span<const Image> images, MatrixView<float> embeddings) const;

 private:
  ImageTower() = default;
  Status load_embeddings(const Checkpoint& checkpoint, const engines::Engine& engine);
  Status load_end(const Checkpoint& checkpoint, const ClipConfig& config);
  void make_pixel_tables(const PreprocessOptions& preprocess);
  void embed_group(std::span<const Image> images, Workspace& workspace, float* embeddings) const;
  void cut_patches(std::span<const Image> images, Workspace& workspace) const;
  void start_stream(std::size_t items, Workspace& workspace) const;
  void embed_patches(std::size_t items, Workspace& workspace) const;
  void normalize_stream(std::size_t items, Workspace& workspace) const;
  void pool(std::size_t items, Workspace& workspace) const;

  VisionConfig config_;
  engines::Element element_ = engines::Element::f32;
  // The normalised value of each of the 256 intensities of each channel.
  std::array<std::array<float, 256>, 3> float_pixels_ = {};
  std::array<std::array<std::uint16_t, 256>, 3> bf16_pixels_ = {};
  std::unique_ptr<engines::Linear> patch_embedding_;
  std::vector<float> stream_start_;  // [tokens, width]: positions, and CLIP's class embedding in row 0
  std::optional<LayerNorm> pre_norm_;
  std::unique_ptr<Transformer> encoder_;
  std::unique_ptr<Projection> projection_;  // or else
  std::unique_ptr<AttentionPooling> attention_pooling_;
  mutable WorkspacePool pool_;
};

}  // namespace clipcluster::clip
