// CLIP's two towers, read from a Hugging Face checkpoint folder.
// Radford et al., "Learning transferable visual models from natural language supervision", 2021.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clipcluster/images.h"
#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

enum class Precision {
  automatic,  // bf16 where the processor multiplies bf16 in hardware, else f32
  f32,
  bf16,  // matrix products of bf16 inputs summed in f32; works, slowly, on every processor
  int8,  // products of 8-bit integers summed exactly; a scale for each output and each row of inputs
};
const char* precision_name(Precision precision);
// The inverse; automatic for every other name.
Precision precision_named(std::string_view name);

struct ClipOptions {
  Precision precision = Precision::automatic;
  bool image_tower = true;  // what is not asked for is not read
  bool text_tower = true;
};

// A loaded checkpoint. Immutable and thread-safe once loaded; embed_images and embed_texts use the
// library's threads themselves, so call them from one thread at a time for speed.
class ClipModel {
 public:
  // `folder` holds config.json, preprocessor_config.json, vocab.json, merges.txt and either
  // model.safetensors or pytorch_model.bin, or the shards of one; tensors f32, f16 or bf16.
  // A checkpoint of one tower alone (CLIPVisionModelWithProjection, CLIPTextModelWithProjection) needs
  // that tower's files only, and cannot give the other.
  // A missing or truncated file, a missing tensor or one of another shape than config.json says is
  // an error whose sentence names it.
  static Result<ClipModel> load(const std::string& folder, const ClipOptions& options = {});

  ClipModel(ClipModel&&) noexcept;
  ClipModel& operator=(ClipModel&&) noexcept;
  ~ClipModel();

  int embedding_size() const;                   // projection_dim, 512 for ViT-B/32
  const PreprocessOptions& preprocess() const;  // what embed_images expects of its images
  Precision precision() const;                  // never automatic
  const std::string& folder() const;
  // 32 hexadecimal digits over the weights and configuration: the same for the same model wherever
  // it lies. Embeddings of models with different fingerprints must not be mixed.
  const std::string& fingerprint() const;
  float logit_scale() const;  // exp of the checkpoint's logit_scale

  // images: each crop_width x crop_height, from resize_and_crop. embeddings: [images.size(),
  // embedding_size()], filled with unit vectors. One image's vector is the same bits alone, in any
  // batch and at any thread count.
  Status embed_images(std::span<const Image> images, MatrixView<float> embeddings) const;

  // [texts.size(), embedding_size()], unit vectors. Texts are UTF-8; invalid bytes become U+FFFD.
  Result<MatrixF> embed_texts(std::span<const std::string> texts) const;

  // Token ids with start and end, cut to the model's text length.
  Result<std::vector<int>> tokenize(const std::string& text) const;

 private:
  struct Parts;
  explicit ClipModel(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace clipcluster
