// Against embeddings and token ids that other implementations made (../shared/data).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "clip/npy.h"
#include "clip/tokenizer.h"
#include "clipcluster/clip.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using testing::clip_mini_folder;
using testing::read_npy_values;
using testing::read_text_file;
using testing::shared_folder;

constexpr std::size_t kSide = 64;
constexpr std::size_t kSize = 512;

double cosine(const float* a, const float* b) {
  double dot = 0.0;
  double aa = 0.0;
  double bb = 0.0;
  for (std::size_t i = 0; i < kSize; ++i) {
    dot += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return dot / std::sqrt(aa * bb);
}

std::vector<Image> golden_images() {
  const auto pixels = read_npy_values<std::uint8_t>(shared_folder() + "/data/golden-clip-mini/pixels.npy");
  std::vector<Image> images;
  const std::size_t bytes = kSide * kSide * 3;
  for (std::size_t i = 0; i + bytes <= pixels.size(); i += bytes) {
    images.push_back({kSide, kSide, {pixels.begin() + i, pixels.begin() + i + bytes}});
  }
  return images;
}

nlohmann::json reference() {
  return nlohmann::json::parse(read_text_file(shared_folder() + "/data/golden-clip-mini/reference.json"));
}

struct Accuracy {
  Precision precision;
  double cosine;
};

class Golden : public ::testing::TestWithParam<Accuracy> {};

TEST_P(Golden, ImagesAgree) {
  CLIPCLUSTER_REQUIRE_SHARED();
  const auto model = ClipModel::load(clip_mini_folder(), {GetParam().precision, true, false});
  ASSERT_OK(model);
  const auto images = golden_images();
  const auto expected = read_npy_values<float>(shared_folder() + "/data/golden-clip-mini/images.npy");
  ASSERT_EQ(images.size(), 24U);
  ASSERT_EQ(expected.size(), 24 * kSize);
  MatrixF embeddings(24, kSize);
  ASSERT_OK(model->embed_images(images, embeddings));
  double worst = 1.0;
  for (std::size_t i = 0; i < 24; ++i) {
    worst = std::min(worst, cosine(embeddings.row(i), expected.data() + i * kSize));
  }
  RecordProperty("worst_cosine", std::to_string(worst));
  EXPECT_GE(worst, GetParam().cosine);
}

TEST_P(Golden, TextsAgree) {
  CLIPCLUSTER_REQUIRE_SHARED();
  const auto model = ClipModel::load(clip_mini_folder(), {GetParam().precision, false, true});
  ASSERT_OK(model);
  std::vector<std::string> texts;
  const auto json = reference();
  for (const auto& entry : json["texts"]) texts.push_back(entry["text"]);
  const auto expected = read_npy_values<float>(shared_folder() + "/data/golden-clip-mini/texts.npy");
  ASSERT_EQ(expected.size(), texts.size() * kSize);
  const auto embeddings = model->embed_texts(texts);
  ASSERT_OK(embeddings);
  double worst = 1.0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    worst = std::min(worst, cosine(embeddings->row(i), expected.data() + i * kSize));
  }
  RecordProperty("worst_cosine", std::to_string(worst));
  EXPECT_GE(worst, GetParam().cosine);
}

INSTANTIATE_TEST_SUITE_P(Precisions, Golden,
                         ::testing::Values(Accuracy{Precision::f32, 0.9999},
                                           Accuracy{Precision::bf16, 0.999},
                                           Accuracy{Precision::int8, 0.998}),
                         [](const auto& given) {
                           return std::string(precision_name(given.param.precision));
                         });

TEST(GoldenTokens, ClipMiniAgrees) {
  CLIPCLUSTER_REQUIRE_SHARED();
  const auto model = ClipModel::load(clip_mini_folder(), {Precision::f32, false, true});
  ASSERT_OK(model);
  const auto json = reference();
  for (const auto& entry : json["texts"]) {
    const auto ids = model->tokenize(entry["text"].get<std::string>());
    ASSERT_OK(ids);
    EXPECT_EQ(*ids, entry["ids"].get<std::vector<int>>()) << entry["text"];
  }
  EXPECT_NEAR(model->logit_scale(), json["logit_scale"].get<float>(), 1e-3);
}

TEST(GoldenTokens, OpenAisTokenizerAgrees) {
  CLIPCLUSTER_REQUIRE_SHARED();
  const std::string folder = shared_folder() + "/data/golden-tokenizer";
  const auto tokenizer = clip::Tokenizer::load(folder);
  ASSERT_OK(tokenizer);
  std::size_t compared = 0;
  for (const auto& entry : nlohmann::json::parse(read_text_file(folder + "/openai-clip.json"))) {
    if (entry["needs_ftfy"]) continue;
    const auto text = entry["text"].get<std::string>();
    EXPECT_EQ(tokenizer->encode(text), entry["ids"].get<std::vector<int>>()) << entry["text"];
    EXPECT_EQ(tokenizer->encode_with_ends(text, 77), entry["context77"].get<std::vector<int>>())
        << entry["text"];
    ++compared;
  }
  EXPECT_EQ(compared, 580U);
}

}  // namespace
}  // namespace clipcluster
