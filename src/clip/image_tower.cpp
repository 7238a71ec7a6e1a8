#include "clip/image_tower.h"

#include <fmt/format.h>

#include <cstring>

#include "base/half.h"
#include "clip/dense_layer.h"
#include "clip/kernels.h"
#include "clipcluster/parallel.h"

namespace clipcluster::clip {
namespace {

// One patch as a row: channel by channel, row by row, as a convolution's weights lie.
template <class T>
void cut_patch(const Image& image, std::size_t left, std::size_t top, std::size_t side,
               const std::array<std::array<T, 256>, 3>& table, T* row) {
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::size_t y = top; y < top + side; ++y) {
      const std::uint8_t* pixel =
          image.rgb.data() + (y * static_cast<std::size_t>(image.width) + left) * 3 + channel;
      for (std::size_t x = 0; x < side; ++x) *row++ = table[channel][pixel[3 * x]];
    }
  }
}

const std::string kName = "vision_model.";

// A table of another length is a common mistake of configurations edited for another image size.
Status check_positions(const Checkpoint& checkpoint, const std::string& name, const VisionConfig& vision) {
  const auto* shape = checkpoint.shape_of(name);
  if (shape == nullptr || shape->size() != 2 || (*shape)[0] == vision.tokens()) return {};
  return Status::corrupt(
      fmt::format("{}: tensor '{}' has {} positions, but images of {} pixels (image_size) in patches of {} "
                  "(patch_size) "
                  "have {}{}; other image sizes than the checkpoint's are not supported",
                  checkpoint.file_of(name), name, (*shape)[0], vision.image_size, vision.patch_size,
                  vision.tokens(), vision.class_token ? " with the class token" : ""));
}

}  // namespace

Result<std::unique_ptr<ImageTower>> ImageTower::load(const Checkpoint& checkpoint, const ClipConfig& config,
                                                     const PreprocessOptions& preprocess,
                                                     const engines::Engine& engine) {
  const VisionConfig& vision = config.vision;
  std::unique_ptr<ImageTower> tower(new ImageTower());
  tower->config_ = vision;
  tower->element_ = engine.element();
  tower->make_pixel_tables(preprocess);
  CLIPCLUSTER_RETURN_IF_ERROR(tower->load_embeddings(checkpoint, engine));
  CLIPCLUSTER_ASSIGN_OR_RETURN(Transformer encoder, Transformer::load(checkpoint, kName + "encoder", vision,
                                                                      {vision.tokens()}, false, engine));
  tower->encoder_ = std::make_unique<Transformer>(std::move(encoder));
  CLIPCLUSTER_RETURN_IF_ERROR(tower->load_end(checkpoint, config));
  return tower;
}

Status ImageTower::load_embeddings(const Checkpoint& checkpoint, const engines::Engine& engine) {
  const int width = config_.hidden_size;
  const std::string name = kName + "embeddings.";
  const std::string positions = name + "position_embedding.weight";
  CLIPCLUSTER_RETURN_IF_ERROR(check_positions(checkpoint, positions, config_));
  CLIPCLUSTER_ASSIGN_OR_RETURN(stream_start_, checkpoint.read(positions, {config_.tokens(), width}));
  engines::LinearSpec spec;
  spec.row_counts = {config_.patches()};
  spec.inputs = 3 * config_.patch_size * config_.patch_size;
  spec.outputs = width;
  spec.output = engines::Output::floats;
  if (config_.class_token) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const auto class_embedding,
                                 checkpoint.read(name + "class_embedding", {width}));
    kernels().add(class_embedding.data(), class_embedding.size(), stream_start_.data());
    // "layrnorm" is how the original spells it.
    CLIPCLUSTER_ASSIGN_OR_RETURN(
        pre_norm_, read_layer_norm(checkpoint, kName + "pre_layrnorm", width, config_.layer_norm_eps));
  }
  const std::string patches = name + "patch_embedding";
  const auto read = [&]() -> Result<DenseWeights> {
    DenseWeights weights;
    CLIPCLUSTER_ASSIGN_OR_RETURN(
        weights.matrix,
        checkpoint.read(patches + ".weight", {width, 3, config_.patch_size, config_.patch_size}));
    if (!config_.class_token) {
      CLIPCLUSTER_ASSIGN_OR_RETURN(weights.bias, checkpoint.read(patches + ".bias", {width}));
    }
    return weights;
  };
  CLIPCLUSTER_ASSIGN_OR_RETURN(patch_embedding_, load_dense_layer(checkpoint, engine, patches, spec, read));
  return {};
}

Status ImageTower::load_end(const Checkpoint& checkpoint, const ClipConfig& config) {
  const std::string norm = kName + "post_layernorm";
  if (!config_.class_token) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(AttentionPooling pooling,
                                 AttentionPooling::load(checkpoint, norm, kName + "head", config_));
    attention_pooling_ = std::make_unique<AttentionPooling>(std::move(pooling));
    return {};
  }
  ProjectionSpec spec{norm, "visual_projection", false, config.projection_dim};
  if (config.may_lack_projection && !checkpoint.contains(spec.linear + ".weight")) {
    spec.linear.clear();
    spec.outputs = config_.hidden_size;
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(Projection projection, Projection::load(checkpoint, spec, config_));
  projection_ = std::make_unique<Projection>(std::move(projection));
  return {};
}

std::size_t ImageTower::outputs() const {
  return projection_ ? projection_->outputs() : attention_pooling_->outputs();
}

void ImageTower::make_pixel_tables(const PreprocessOptions& preprocess) {
  Image greys{256, 1, std::vector<std::uint8_t>(3 * 256)};
  for (std::size_t i = 0; i < greys.rgb.size(); ++i) greys.rgb[i] = static_cast<std::uint8_t>(i / 3);
  std::vector<float> planes(greys.rgb.size());
  normalize_pixels(greys, preprocess, planes);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::size_t i = 0; i < 256; ++i) {
      float_pixels_[channel][i] = planes[channel * 256 + i];
      bf16_pixels_[channel][i] = internal::bf16_from_float(planes[channel * 256 + i]);
    }
  }
}

void ImageTower::embed(std::span<const Image> images, MatrixView<float> embeddings) const {
  for_each_group(images.size(), pool_, [&](std::size_t begin, std::size_t end, Workspace& workspace) {
    embed_group(images.subspan(begin, end - begin), workspace, embeddings.row(begin));
  });
}

void ImageTower::embed_group(std::span<const Image> images, Workspace& workspace, float* embeddings) const {
  const auto tokens = static_cast<std::size_t>(config_.tokens());
  cut_patches(images, workspace);
  start_stream(images.size(), workspace);
  embed_patches(images.size(), workspace);
  if (pre_norm_) normalize_stream(images.size(), workspace);
  encoder_->run(images.size(), tokens, workspace);
  if (projection_) {
    pool(images.size(), workspace);
    projection_->run(images.size(), workspace);
  } else {
    attention_pooling_->run(images.size(), tokens, workspace);
  }
  std::memcpy(embeddings, workspace.projected.data(), images.size() * outputs() * sizeof(float));
}

void ImageTower::normalize_stream(std::size_t items, Workspace& workspace) const {
  float* stream = workspace.stream.data();
  const std::size_t width = pre_norm_->gamma.size();
  for (std::size_t row = 0; row < items * static_cast<std::size_t>(config_.tokens()); ++row) {
    kernels().layer_norm(stream + row * width, width, pre_norm_->gamma.data(), pre_norm_->beta.data(),
                         pre_norm_->eps, stream + row * width);
  }
}

void ImageTower::cut_patches(std::span<const Image> images, Workspace& workspace) const {
  const auto side = static_cast<std::size_t>(config_.patch_size);
  const auto per_side = static_cast<std::size_t>(config_.patches_per_side());
  const std::size_t inputs = 3 * side * side;
  const std::size_t rows = images.size() * per_side * per_side;
  void* patches = reserve(workspace.elements, rows * inputs * engines::element_size(element_));
  parallel_for(rows, per_side, [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) {
      const Image& image = images[row / (per_side * per_side)];
      const std::size_t top = row / per_side % per_side * side;
      const std::size_t left = row % per_side * side;
      if (element_ == engines::Element::f32) {
        cut_patch(image, left, top, side, float_pixels_, static_cast<float*>(patches) + row * inputs);
      } else {
        cut_patch(image, left, top, side, bf16_pixels_,
                  static_cast<std::uint16_t*>(patches) + row * inputs);
      }
    }
  });
}

void ImageTower::start_stream(std::size_t items, Workspace& workspace) const {
  float* stream = reserve(workspace.stream, items * stream_start_.size());
  for (std::size_t item = 0; item < items; ++item) {
    std::memcpy(stream + item * stream_start_.size(), stream_start_.data(),
                stream_start_.size() * sizeof(float));
  }
}

// Adds each patch to the row of its token; a class token's row, the first, has no patch, so that an
// image's rows do not follow the previous image's without a gap.
void ImageTower::embed_patches(std::size_t items, Workspace& workspace) const {
  const auto tokens = static_cast<std::size_t>(config_.tokens());
  const auto patches = static_cast<std::size_t>(config_.patches());
  const auto width = static_cast<std::size_t>(config_.hidden_size);
  float* embedded = reserve(workspace.queries_keys_values, items * patches * width);
  run_linear(*patch_embedding_, items, patches, workspace.elements.data(), embedded);
  parallel_for(items * patches, patches, [&](std::size_t begin, std::size_t end) {
    const std::size_t token = begin / patches * tokens + tokens - patches;
    kernels().add(embedded + begin * width, (end - begin) * width, workspace.stream.data() + token * width);
  });
}

void ImageTower::pool(std::size_t items, Workspace& workspace) const {
  const auto width = static_cast<std::size_t>(config_.hidden_size);
  float* pooled = reserve(workspace.pooled, items * width);
  for (std::size_t item = 0; item < items; ++item) {
    std::memcpy(pooled + item * width, workspace.stream.data() + item * stream_start_.size(),
                width * sizeof(float));
  }
}

}  // namespace clipcluster::clip
