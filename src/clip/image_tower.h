// CLIP's vision transformer (Dosovitskiy et al., "An image is worth 16x16 words", 2021, with a layer
// norm before the encoder), from pixels to unit vectors.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

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

  // images: image_size x image_size; embeddings [images.size(), projection_dim].
  void embed(std::span<const Image> images, MatrixView<float> embeddings) const;

 private:
  ImageTower() = default;
  void make_pixel_tables(const PreprocessOptions& preprocess);
  void embed_group(std::span<const Image> images, Workspace& workspace, float* embeddings) const;
  void cut_patches(std::span<const Image> images, Workspace& workspace) const;
  void start_stream(std::size_t items, Workspace& workspace) const;
  void embed_patches(std::size_t items, Workspace& workspace) const;
  void pool(std::size_t items, Workspace& workspace) const;

  VisionConfig config_;
  engines::Element element_ = engines::Element::f32;
  // The normalised value of each of the 256 intensities of each channel.
  std::array<std::array<float, 256>, 3> float_pixels_ = {};
  std::array<std::array<std::uint16_t, 256>, 3> bf16_pixels_ = {};
  std::unique_ptr<engines::Linear> patch_embedding_;
  std::vector<float> stream_start_;  // [tokens, width]: positions, and the class embedding in row 0
  LayerNorm pre_norm_;
  std::unique_ptr<Transformer> encoder_;
  std::unique_ptr<Projection> projection_;
  mutable WorkspacePool pool_;
};

}  // namespace clipcluster::clip
