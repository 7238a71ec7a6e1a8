#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <functional>

#include "clip/checkpoint.h"
#include "clip/config.h"
#include "clip/fingerprint.h"
#include "clip/image_tower.h"
#include "clip/model_cache.h"
#include "clip/packed_layers.h"
#include "clip/preprocessor_config.h"
#include "clip/sentence_pieces.h"
#include "clip/text_tower.h"
#include "clip/tokenizer.h"
#include "clipcluster/clip.h"

namespace clipcluster {

const char* precision_name(Precision precision) {
  switch (precision) {
    case Precision::automatic:
      return "auto";
    case Precision::f32:
      return "f32";
    case Precision::bf16:
      return "bf16";
    case Precision::int8:
      return "int8";
  }
  return "";
}

Precision precision_named(std::string_view name) {
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    if (name == precision_name(precision)) return precision;
  }
  return Precision::automatic;
}

namespace {

// OpenCLIP's own layout has other names for every tensor.
Status refuse_open_clip(const std::string& folder) {
  std::error_code ignored;
  if (std::filesystem::exists(folder + "/config.json", ignored) ||
      !std::filesystem::exists(folder + "/open_clip_config.json", ignored)) {
    return {};
  }
  return Status::unsupported(fmt::format(
      "{} holds a checkpoint in OpenCLIP's own layout (open_clip_config.json without config.json), which "
      "is "
      "not read. Take one in Hugging Face's layout (clipcluster model list names some), or convert it with "
      "transformers' convert_clip_original_pytorch_to_hf.py",
      folder));
}

}  // namespace

struct ClipModel::Parts {
  std::string folder;
  std::string fingerprint;
  Precision precision = Precision::f32;
  float logit_scale = 0.0F;
  float logit_bias = 0.0F;
  clip::ClipConfig config;
  PreprocessOptions preprocess;
  std::string cache_problem;
  std::vector<std::shared_ptr<const void>> packed_files;  // under the towers' layers
  std::unique_ptr<clip::ImageTower> image_tower;
  std::unique_ptr<clip::TextTower> text_tower;
  std::unique_ptr<clip::Tokenizer> tokenizer;                     // CLIP's
  std::unique_ptr<clip::SentencePieceTokenizer> sentence_pieces;  // SigLIP's

  Status load_image_tower(const clip::Checkpoint& checkpoint, const engines::Engine& engine);
  Status load_text_tower(const clip::Checkpoint& checkpoint, const engines::Engine& engine);
  Status load_tokenizer();
  Status load_sentence_pieces();
  Status load_logit_scale(const clip::Checkpoint& checkpoint, bool required);
  Status load_logit_bias(const clip::Checkpoint& checkpoint, bool required);
  int embedding_size() const;
  Status check_towers(const ClipOptions& options) const;
  Status identify(const clip::Checkpoint& checkpoint);
  Status load_packed(const char* tower, clip::Checkpoint& checkpoint, const engines::Engine& engine,
                     const std::function<Status()>& load_tower);
  Status load(const ClipOptions& options);
};

Status ClipModel::Parts::check_towers(const ClipOptions& options) const {
  const bool no_images = options.image_tower && !config.has_vision;
  if (!no_images && !(options.text_tower && !config.has_text)) return {};
  return Status::unsupported(fmt::format(
      "{} holds the {} tower alone and cannot embed {}; a checkpoint with both towers is needed", folder,
      no_images ? "text" : "image", no_images ? "images" : "texts"));
}

Status ClipModel::Parts::load_image_tower(const clip::Checkpoint& checkpoint,
                                          const engines::Engine& engine) {
  const std::string path = folder + "/preprocessor_config.json";
  CLIPCLUSTER_ASSIGN_OR_RETURN(preprocess, clip::read_preprocessor_config(path, config.architecture));
  const int side = config.vision.image_size;
  if (preprocess.crop_width != side || preprocess.crop_height != side) {
    return Status::corrupt(fmt::format("{} crops to {} x {}, but config.json wants images of {} x {}", path,
                                       preprocess.crop_width, preprocess.crop_height, side, side));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(image_tower, clip::ImageTower::load(checkpoint, config, preprocess, engine));
  return {};
}

Status ClipModel::Parts::load_tokenizer() {
  CLIPCLUSTER_ASSIGN_OR_RETURN(clip::Tokenizer loaded, clip::Tokenizer::load(folder));
  tokenizer = std::make_unique<clip::Tokenizer>(std::move(loaded));
  if (tokenizer->largest_id() >= config.text.vocab_size) {
    return Status::corrupt(fmt::format("{}/vocab.json has the id {}, but config.json says vocab_size {}",
                                       folder, tokenizer->largest_id(), config.text.vocab_size));
  }
  int& end = config.text.eos_token_id;
  if (end == -1) end = tokenizer->end_id();
  if (end != 2 && end != tokenizer->end_id()) {
    return Status::corrupt(
        fmt::format("{}: config.json says eos_token_id {}, but in vocab.json <|endoftext|> "
                    "has the id {}",
                    folder, end, tokenizer->end_id()));
  }
  return {};
}

Status ClipModel::Parts::load_sentence_pieces() {
  std::error_code ignored;
  if (!std::filesystem::exists(folder + "/spiece.model", ignored) &&
      std::filesystem::exists(folder + "/tokenizer.json", ignored)) {
    return Status::unsupported(fmt::format(
        "{} has a tokenizer.json but no spiece.model: its texts need another tokenizer than SigLIP's, as "
        "those of SigLIP 2 do. Its images can be used; for texts choose a model that has a spiece.model",
        folder));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(auto loaded, clip::SentencePieceTokenizer::load(folder));
  sentence_pieces = std::make_unique<clip::SentencePieceTokenizer>(std::move(loaded));
  if (sentence_pieces->largest_id() < config.text.vocab_size) return {};
  return Status::corrupt(fmt::format("{}/spiece.model has {} pieces, but config.json says vocab_size {}",
                                     folder, sentence_pieces->largest_id() + 1, config.text.vocab_size));
}

Status ClipModel::Parts::load_text_tower(const clip::Checkpoint& checkpoint,
                                         const engines::Engine& engine) {
  const bool siglip = config.architecture == clip::Architecture::siglip;
  CLIPCLUSTER_RETURN_IF_ERROR(siglip ? load_sentence_pieces() : load_tokenizer());
  CLIPCLUSTER_ASSIGN_OR_RETURN(text_tower, clip::TextTower::load(checkpoint, config, engine));
  return {};
}

Status ClipModel::Parts::load_logit_scale(const clip::Checkpoint& checkpoint, bool required) {
  float logarithm = config.logit_scale_init_value;
  if (required || checkpoint.contains("logit_scale")) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const auto values, checkpoint.read("logit_scale", {}));
    logarithm = values.at(0);
  }
  logit_scale = std::exp(logarithm);
  return {};
}

Status ClipModel::Parts::load_logit_bias(const clip::Checkpoint& checkpoint, bool required) {
  if (config.architecture != clip::Architecture::siglip) return {};
  if (!required && !checkpoint.contains("logit_bias")) return {};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto values, checkpoint.read("logit_bias", {}));
  logit_bias = values.at(0);
  return {};
}

// A checkpoint of one tower without a projection gives that tower's width.
int ClipModel::Parts::embedding_size() const {
  if (image_tower) return static_cast<int>(image_tower->outputs());
  if (text_tower) return static_cast<int>(text_tower->outputs());
  return config.projection_dim;
}

Status ClipModel::Parts::identify(const clip::Checkpoint& checkpoint) {
  const auto cache = clip::model_cache();
  if (cache) {
    const clip::FingerprintCacheOptions remember = {.smallest_bytes = cache->smallest_bytes};
    CLIPCLUSTER_ASSIGN_OR_RETURN(
        fingerprint, clip::cached_model_fingerprint(folder, checkpoint, cache->fingerprints, remember));
  } else {
    CLIPCLUSTER_ASSIGN_OR_RETURN(fingerprint, clip::model_fingerprint(folder, checkpoint));
  }
  return {};
}

// With the dense layers from the cache, or into it.
Status ClipModel::Parts::load_packed(const char* tower, clip::Checkpoint& checkpoint,
                                     const engines::Engine& engine,
                                     const std::function<Status()>& load_tower) {
  const auto cache = clip::model_cache();
  if (!cache || engine.packing().empty() || checkpoint.bytes() < cache->smallest_bytes) return load_tower();
  auto layers = clip::PackedLayers::open(cache->packed, {fingerprint, engine.packing(), tower});
  checkpoint.set_packed_layers(&layers);
  const Status loaded = load_tower();
  checkpoint.set_packed_layers(nullptr);
  CLIPCLUSTER_RETURN_IF_ERROR(loaded);
  packed_files.push_back(layers.mapping());
  const Status stored = layers.store();
  if (!stored.is_ok()) {
    cache_problem =
        "the model's packed weights cannot be kept, so every start packs them anew: " + stored.message();
  }
  return {};
}

Status ClipModel::Parts::load(const ClipOptions& options) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) {
    return Status::not_found(fmt::format("{} is not a folder; a CLIP checkpoint folder is needed", folder));
  }
  CLIPCLUSTER_RETURN_IF_ERROR(refuse_open_clip(folder));
  CLIPCLUSTER_ASSIGN_OR_RETURN(config, clip::read_config(folder + "/config.json"));
  CLIPCLUSTER_RETURN_IF_ERROR(check_towers(options));
  CLIPCLUSTER_ASSIGN_OR_RETURN(auto checkpoint, clip::Checkpoint::open(folder));
  CLIPCLUSTER_RETURN_IF_ERROR(identify(checkpoint));
  precision = engines::resolve_precision(options.precision);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto engine, engines::make_engine(precision));
  if (options.image_tower) {
    CLIPCLUSTER_RETURN_IF_ERROR(
        load_packed("image", checkpoint, *engine, [&] { return load_image_tower(checkpoint, *engine); }));
  }
  if (options.text_tower) {
    CLIPCLUSTER_RETURN_IF_ERROR(
        load_packed("text", checkpoint, *engine, [&] { return load_text_tower(checkpoint, *engine); }));
  }
  const bool compares = options.text_tower && config.has_vision;
  CLIPCLUSTER_RETURN_IF_ERROR(load_logit_scale(checkpoint, compares));
  CLIPCLUSTER_RETURN_IF_ERROR(load_logit_bias(checkpoint, compares));
  return {};
}

ClipModel::ClipModel(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ClipModel::ClipModel(ClipModel&&) noexcept = default;
ClipModel& ClipModel::operator=(ClipModel&&) noexcept = default;
ClipModel::~ClipModel() = default;

Result<ClipModel> ClipModel::load(const std::string& folder, const ClipOptions& options) {
  try {
    auto parts = std::make_unique<Parts>();
    parts->folder = folder;
    CLIPCLUSTER_RETURN_IF_ERROR(parts->load(options));
    return ClipModel(std::move(parts));
  } catch (const std::bad_alloc&) {
    return Status::resource_limit(fmt::format("there is not enough memory for the model {}", folder));
  }
}

int ClipModel::embedding_size() const { return parts_->embedding_size(); }
const PreprocessOptions& ClipModel::preprocess() const { return parts_->preprocess; }
Precision ClipModel::precision() const { return parts_->precision; }
const std::string& ClipModel::folder() const { return parts_->folder; }
const std::string& ClipModel::fingerprint() const { return parts_->fingerprint; }
const std::string& ClipModel::cache_problem() const { return parts_->cache_problem; }
float ClipModel::logit_scale() const { return parts_->logit_scale; }
float ClipModel::logit_bias() const { return parts_->logit_bias; }

Status ClipModel::embed_images(std::span<const Image> images, MatrixView<float> embeddings) const {
  if (parts_->image_tower == nullptr) {
    return Status::invalid_argument("the model was loaded without its image tower");
  }
  const PreprocessOptions& wanted = parts_->preprocess;
  for (const Image& image : images) {
    const std::size_t bytes = static_cast<std::size_t>(image.width) * image.height * 3;
    if (image.width != wanted.crop_width || image.height != wanted.crop_height ||
        image.rgb.size() != bytes) {
      return Status::invalid_argument(
          fmt::format("an image of {} x {} pixels where the model takes {} x {}", image.width, image.height,
                      wanted.crop_width, wanted.crop_height));
    }
  }
  if (embeddings.rows() != images.size() ||
      embeddings.cols() != static_cast<std::size_t>(embedding_size())) {
    return Status::invalid_argument(fmt::format("embeddings are [{}, {}] where [{}, {}] was expected",
                                                embeddings.rows(), embeddings.cols(), images.size(),
                                                embedding_size()));
  }
  if (!images.empty()) parts_->image_tower->embed(images, embeddings);
  return {};
}

Result<MatrixF> ClipModel::embed_texts(std::span<const std::string> texts) const {
  if (parts_->text_tower == nullptr) {
    return Status::invalid_argument("the model was loaded without its text tower");
  }
  std::vector<std::vector<int>> ids;
  ids.reserve(texts.size());
  for (const std::string& text : texts) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(auto tokens, tokenize(text));
    ids.push_back(std::move(tokens));
  }
  return parts_->text_tower->embed(ids);
}

Result<std::vector<int>> ClipModel::tokenize(const std::string& text) const {
  const auto length = static_cast<std::size_t>(parts_->config.text.max_position_embeddings);
  if (parts_->tokenizer) return parts_->tokenizer->encode_with_ends(text, length);
  if (parts_->sentence_pieces) return parts_->sentence_pieces->encode_padded(text, length);
  return Status::invalid_argument("the model was loaded without its text tower");
}

}  // namespace clipcluster
