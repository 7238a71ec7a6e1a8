#include "clip/text_tower.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "clip/kernels.h"

namespace clipcluster::clip {
namespace {

// transformers' old default; checkpoints converted in those days carry it for whatever vocabulary.
constexpr int kLegacyEndOfText = 2;

// A token does not see those behind it, so the rows after the end of a text change nothing and most
// of them need not be computed. A few fixed lengths keep the number of prepared products small; which
// one a text gets depends on its own length only.
std::vector<int> row_counts_up_to(int longest) {
  std::vector<int> counts = {longest};
  for (const int rows : {64, 32, 16}) {
    if (rows < longest) counts.push_back(rows);
  }
  return counts;
}

const std::string kName = "text_model.";

Status check_positions(const Checkpoint& checkpoint, const std::string& name, const TextConfig& text) {
  const auto* shape = checkpoint.shape_of(name);
  if (shape == nullptr || shape->size() != 2 || (*shape)[0] == text.max_position_embeddings) return {};
  return Status::corrupt(
      fmt::format("{}: tensor '{}' has {} positions, but config.json says {} "
                  "(max_position_embeddings)",
                  checkpoint.file_of(name), name, (*shape)[0], text.max_position_embeddings));
}

}  // namespace

Result<std::unique_ptr<TextTower>> TextTower::load(const Checkpoint& checkpoint, const ClipConfig& config,
                                                   const engines::Engine& engine) {
  const TextConfig& text = config.text;
  const int width = text.hidden_size;
  std::unique_ptr<TextTower> tower(new TextTower());
  tower->config_ = text;
  tower->causal_ = config.architecture == Architecture::clip;
  tower->row_counts_ = {text.max_position_embeddings};
  if (tower->causal_) tower->row_counts_ = row_counts_up_to(text.max_position_embeddings);
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      tower->token_embedding_,
      checkpoint.read(kName + "embeddings.token_embedding.weight", {text.vocab_size, width}));
  const std::string positions = kName + "embeddings.position_embedding.weight";
  CLIPCLUSTER_RETURN_IF_ERROR(check_positions(checkpoint, positions, text));
  CLIPCLUSTER_ASSIGN_OR_RETURN(tower->position_embedding_,
                               checkpoint.read(positions, {text.max_position_embeddings, width}));
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Transformer encoder,
      Transformer::load(checkpoint, kName + "encoder", text, tower->row_counts_, tower->causal_, engine));
  tower->encoder_ = std::make_unique<Transformer>(std::move(encoder));
  CLIPCLUSTER_RETURN_IF_ERROR(tower->load_end(checkpoint, config));
  return tower;
}

Status TextTower::load_end(const Checkpoint& checkpoint, const ClipConfig& config) {
  ProjectionSpec spec{kName + "final_layer_norm", "text_projection", false, config.projection_dim};
  if (config.architecture == Architecture::siglip) {
    spec.linear = kName + "head";
    spec.bias = true;
  } else if (config.may_lack_projection && !checkpoint.contains(spec.linear + ".weight")) {
    spec.linear.clear();
    spec.outputs = config_.hidden_size;
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(Projection projection, Projection::load(checkpoint, spec, config_));
  projection_ = std::make_unique<Projection>(std::move(projection));
  return {};
}

std::size_t TextTower::rows_for(const std::vector<int>& ids) const {
  const auto fits = [&](int rows) { return static_cast<std::size_t>(rows) >= ids.size(); };
  const auto smallest = std::find_if(row_counts_.rbegin(), row_counts_.rend(), fits);
  assert(smallest != row_counts_.rend());
  return static_cast<std::size_t>(*smallest);
}

std::size_t TextTower::end_position(const std::vector<int>& ids) const {
  if (!causal_) return ids.size() - 1;
  const auto end = config_.eos_token_id == kLegacyEndOfText
                       ? std::max_element(ids.begin(), ids.end())
                       : std::find(ids.begin(), ids.end(), config_.eos_token_id);
  return end == ids.end() ? 0 : static_cast<std::size_t>(end - ids.begin());
}

void TextTower::start_stream(const std::vector<int>& ids, std::size_t rows, float* stream) const {
  const auto width = static_cast<std::size_t>(config_.hidden_size);
  assert(causal_ || ids.size() == rows);
  std::memcpy(stream, position_embedding_.data(), rows * width * sizeof(float));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    assert(ids[i] >= 0 && ids[i] < config_.vocab_size);
    kernels().add(token_embedding_.data() + static_cast<std::size_t>(ids[i]) * width, width,
                  stream + i * width);
  }
}

void TextTower::embed_group(std::span<const std::vector<int>> texts, std::span<const std::size_t> which,
                            std::size_t rows, Workspace& workspace, MatrixF& embeddings) const {
  const auto width = static_cast<std::size_t>(config_.hidden_size);
  float* stream = reserve(workspace.stream, which.size() * rows * width);
  float* pooled = reserve(workspace.pooled, which.size() * width);
  for (std::size_t i = 0; i < which.size(); ++i) {
    start_stream(texts[which[i]], rows, stream + i * rows * width);
  }
  encoder_->run(which.size(), rows, workspace);
  for (std::size_t i = 0; i < which.size(); ++i) {
    std::memcpy(pooled + i * width, stream + (i * rows + end_position(texts[which[i]])) * width,
                width * sizeof(float));
  }
  projection_->run(which.size(), workspace);
  for (std::size_t i = 0; i < which.size(); ++i) {
    std::memcpy(embeddings.row(which[i]), workspace.projected.data() + i * projection_->outputs(),
                projection_->outputs() * sizeof(float));
  }
}

MatrixF TextTower::embed(std::span<const std::vector<int>> texts) const {
  MatrixF embeddings(texts.size(), projection_->outputs());
  for (const int row_count : row_counts_) {
    const auto rows = static_cast<std::size_t>(row_count);
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (rows_for(texts[i]) == rows) which.push_back(i);
    }
    for_each_group(which.size(), pool_, [&](std::size_t begin, std::size_t end, Workspace& workspace) {
      embed_group(texts, std::span(which).subspan(begin, end - begin), rows, workspace, embeddings);
    });
  }
  return embeddings;
}

}  // namespace clipcluster::clip
