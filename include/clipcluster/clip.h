// CLIP's and SigLIP's two towers, read from a Hugging Face checkpoint folder.
// Radford et al., "Learning transferable visual models from natural language supervision", 2021.
// Zhai et al., "Sigmoid loss for language image pre-training", 2023.
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
  // `folder` holds config.json, preprocessor_config.json, the tokenizer (CLIP: vocab.json, merges.txt;
  // SigLIP: spiece.model) and either model.safetensors or pytorch_model.bin, or the shards of one;
  // tensors f32, f16 or bf16. What is read from where: docs/models.md.
  // A checkpoint of one tower alone (CLIPVisionModelWithProjection, SiglipTextModel, ...) needs that
  // tower's files only, and cannot give the other. CLIPVisionModel and CLIPTextModel, without a
  // projection, give the normalised row that would be projected.
  // A missing or truncated file, a missing tensor or one of another shape than config.json says is
  // an error whose sentence names it.
  static Result<ClipModel> load(const std::string& folder, const ClipOptions& options = {});

  ClipModel(ClipModel&&) noexcept;
  ClipModel& operator=(ClipModel&&) noexcept;
  ~ClipModel();

  int embedding_size() const;                   // 512 for CLIP's ViT-B/32, 768 for SigLIP's base
  const PreprocessOptions& preprocess() const;  // what embed_images expects of its images
  Precision precision() const;                  // never automatic
  const std::string& folder() const;
  // 32 hexadecimal digits over the weights and configuration: the same for the same model wherever
  // it lies. Embeddings of models with different fingerprints must not be mixed.
  const std::string& fingerprint() const;
  // A sentence when what makes the next start fast could not be written (docs/models.md); else empty.
  const std::string& cache_problem() const;
  // How images and texts are compared: logit = logit_scale * cosine + logit_bias. CLIP has no bias (0),
  // and softmax over texts makes probabilities of logits; SigLIP's sigmoid(logit) is the probability that
  // this text and this image belong together, whatever other texts there are.
  float logit_scale() const;  // exp of the checkpoint's logit_scale
  float logit_bias() const;

  // images: each crop_width x crop_height, from resize_and_crop. embeddings: [images.size(),
  // embedding_size()], filled with unit vectors. One image's vector is the same bits alone, in any
  // batch and at any thread count.
  Status embed_images(std::span<const Image> images, MatrixView<float> embeddings) const;

  // [texts.size(), embedding_size()], unit vectors. Texts are UTF-8; invalid bytes become U+FFFD.
  Result<MatrixF> embed_texts(std::span<const std::string> texts) const;

  // Token ids, at most the model's text length: start, text, end for CLIP; text, end and padding up to
  // that length for SigLIP, which was trained with it. A longer text is cut and keeps its end.
  Result<std::vector<int>> tokenize(const std::string& text) const;

 private:
  struct Parts;
  explicit ClipModel(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace clipcluster
