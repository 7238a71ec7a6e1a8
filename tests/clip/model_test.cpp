// Whole models against the float64 reference, and the promise that neighbours and threads change
// no bit.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "clip/random_checkpoint.h"
#include "clip/reference_clip.h"
#include "clipcluster/clip.h"
#include "clipcluster/cpu.h"
#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using testing::CheckpointShape;
using testing::TemporaryFolder;

std::vector<Image> random_images(std::size_t count, int side) {
  const CounterRandom random(7, "random images");
  std::vector<Image> images(count);
  for (std::size_t i = 0; i < count; ++i) {
    images[i] = {side, side, std::vector<std::uint8_t>(static_cast<std::size_t>(side) * side * 3)};
    for (std::size_t j = 0; j < images[i].rgb.size(); ++j) {
      images[i].rgb[j] = static_cast<std::uint8_t>(random.bits(i, j));
    }
  }
  return images;
}

double cosine(const float* a, const std::vector<double>& b) {
  double dot = 0.0;
  for (std::size_t i = 0; i < b.size(); ++i) dot += a[i] * b[i];
  return dot;  // both are unit vectors
}

struct Case {
  const char* name;
  CheckpointShape shape;
};

std::vector<Case> cases() {
  std::vector<Case> list;
  list.push_back({"f32", {}});
  list.push_back({"f16_gelu", {}});
  list.back().shape.dtype = "F16";
  list.back().shape.activation = "gelu";
  list.push_back({"bf16_sharded", {}});
  list.back().shape.dtype = "BF16";
  list.back().shape.shards = 3;
  list.push_back({"odd_sizes", {{72, 100, 3, 3}, {30, 50, 1, 5}, 42, 14, 17, 20}});
  list.push_back({"uneven_patches_legacy_end", {{64, 300, 2, 1}, {48, 40, 2, 2}, 37, 8, 90, 33}});
  list.back().shape.legacy_end_id = true;
  list.push_back({"wide_text", {{16, 16, 1, 1}, {320, 600, 1, 4}, 16, 16, 77, 300}});
  return list;
}

class Models : public ::testing::TestWithParam<Case> {};

TEST_P(Models, AgreeWithFloat64) {
  const CheckpointShape& shape = GetParam().shape;
  const TemporaryFolder folder;
  auto tensors = testing::random_tensors(shape, 3);
  testing::write_checkpoint(folder.path(), shape, tensors);
  const auto images = random_images(3, shape.image_size);
  const std::vector<std::string> texts = {"a", "it's 5 dogs", std::string(200, 'x'), "", "<|endoftext|> b"};
  std::vector<std::vector<double>> expected_images;
  for (const Image& image : images) {
    expected_images.push_back(testing::reference_image(shape, tensors, image, PreprocessOptions()));
  }
  std::vector<std::vector<double>> expected_texts;
  for (const auto& [precision, least] :
       {std::pair(Precision::f32, 1.0 - 1e-6), std::pair(Precision::bf16, 0.999),
        std::pair(Precision::int8, 0.99)}) {
    const auto model = ClipModel::load(folder.path(), {precision});
    ASSERT_OK(model);
    EXPECT_NEAR(std::log(model->logit_scale()), tensors.at("logit_scale").values[0], 1e-5);
    MatrixF embeddings(images.size(), static_cast<std::size_t>(shape.projection));
    ASSERT_OK(model->embed_images(images, embeddings));
    for (std::size_t i = 0; i < images.size(); ++i) {
      EXPECT_GE(cosine(embeddings.row(i), expected_images[i]), least) << "image " << i;
      EXPECT_NEAR(cosine(embeddings.row(i), {embeddings.row(i), embeddings.row(i) + shape.projection}), 1.0,
                  1e-6);
    }
    const auto text_embeddings = model->embed_texts(texts);
    ASSERT_OK(text_embeddings);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto ids = model->tokenize(texts[i]);
      ASSERT_OK(ids);
      EXPECT_LE(ids->size(), static_cast<std::size_t>(shape.text_length));
      EXPECT_EQ(ids->back(), testing::kSmallVocabulary - 1);
      if (i >= expected_texts.size()) {
        expected_texts.push_back(testing::reference_text(shape, tensors, *ids));
      }
      EXPECT_GE(cosine(text_embeddings->row(i), expected_texts[i]), least) << texts[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Models, ::testing::ValuesIn(cases()),
                         [](const auto& given) { return std::string(given.param.name); });

class Invariance : public ::testing::TestWithParam<Precision> {
 protected:
  void TearDown() override {
    set_thread_count(0);
    limit_instruction_set(InstructionSet::avx512);
  }
};

TEST_P(Invariance, AnImageHasTheSameBitsInEveryBatchAtAnyThreadCount) {
  CheckpointShape shape;
  shape.vision = {320, 600, 2, 5};  // several column chunks in every layer
  const TemporaryFolder folder;
  auto tensors = testing::random_tensors(shape, 5);
  testing::write_checkpoint(folder.path(), shape, tensors);
  const auto images = random_images(33, shape.image_size);
  const auto size = static_cast<std::size_t>(shape.projection);
  MatrixF first(33, size);
  for (const int threads_at_load : {1, 4}) {
    set_thread_count(threads_at_load);
    const auto model = ClipModel::load(folder.path(), {GetParam(), true, false});
    ASSERT_OK(model);
    if (threads_at_load == 1) ASSERT_OK(model->embed_images(images, first));
    for (const int threads : {1, 2, 4}) {
      set_thread_count(threads);
      for (const std::size_t batch : {1U, 2U, 7U, 33U}) {
        MatrixF again(batch, size);
        const std::size_t begin = (33 - batch) / 2;
        ASSERT_OK(model->embed_images(std::span(images).subspan(begin, batch), again));
        EXPECT_EQ(std::memcmp(again.data(), first.row(begin), again.size() * sizeof(float)), 0)
            << "batch of " << batch << " at " << threads << " threads";
      }
    }
  }
}

TEST_P(Invariance, ATextHasTheSameBitsInEveryBatchAtAnyThreadCount) {
  CheckpointShape shape;
  shape.text = {320, 600, 2, 5};
  shape.text_length = 77;
  const TemporaryFolder folder;
  auto tensors = testing::random_tensors(shape, 6);
  testing::write_checkpoint(folder.path(), shape, tensors);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 13; ++i) texts.emplace_back(i * 7, 'a');  // every row count
  const auto model = ClipModel::load(folder.path(), {GetParam(), false, true});
  ASSERT_OK(model);
  const auto together = model->embed_texts(texts);
  ASSERT_OK(together);
  for (const int threads : {1, 2, 4}) {
    set_thread_count(threads);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto alone = model->embed_texts(std::span(texts).subspan(i, 1));
      ASSERT_OK(alone);
      EXPECT_EQ(std::memcmp(alone->data(), together->row(i), alone->size() * sizeof(float)), 0) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, Invariance,
                         ::testing::Values(Precision::f32, Precision::bf16, Precision::int8),
                         [](const auto& given) { return std::string(precision_name(given.param)); });

TEST(ClipModel, FingerprintFollowsTheContentNotTheFolder) {
  const CheckpointShape shape;
  const TemporaryFolder folder;
  auto tensors = testing::random_tensors(shape, 1);
  testing::write_checkpoint(folder.file("a"), shape, tensors);
  testing::write_checkpoint(folder.file("b"), shape, tensors);
  tensors["logit_scale"].values[0] += 0.5;
  testing::write_checkpoint(folder.file("c"), shape, tensors);
  const auto a = ClipModel::load(folder.file("a"));
  const auto b = ClipModel::load(folder.file("b"), {Precision::f32, true, false});
  const auto c = ClipModel::load(folder.file("c"));
  ASSERT_OK(a);
  ASSERT_OK(b);
  ASSERT_OK(c);
  EXPECT_EQ(a->fingerprint().size(), 32U);
  EXPECT_EQ(a->fingerprint(), b->fingerprint());
  EXPECT_NE(a->fingerprint(), c->fingerprint());
}

// The config.json of one tower: its part of the whole one's, with the model's type and projection.
void keep_one_tower(const std::string& folder, const std::string& part, const std::string& type) {
  const auto whole = nlohmann::json::parse(testing::read_text_file(folder + "/config.json"));
  nlohmann::json tower = whole[part];
  tower["model_type"] = type;
  tower["projection_dim"] = whole["projection_dim"];
  testing::write_text_file(folder + "/config.json", tower.dump());
}

TEST(ClipModel, TheImageTowerAlone) {
  const CheckpointShape shape;
  const TemporaryFolder folder;
  auto tensors = testing::random_tensors(shape, 1);
  testing::write_checkpoint(folder.path(), shape, tensors);
  const auto images = random_images(2, shape.image_size);
  const auto expected = testing::reference_image(shape, tensors, images[0], PreprocessOptions());

  std::erase_if(tensors, [](const auto& entry) {
    return !entry.first.starts_with("vision_model") && !entry.first.starts_with("visual_projection");
  });
  testing::write_text_file(folder.file("model.safetensors"),
                           testing::safetensors_bytes(tensors, shape.dtype));
  keep_one_tower(folder.path(), "vision_config", "clip_vision_model");
  std::filesystem::remove(folder.file("vocab.json"));
  const auto model = ClipModel::load(folder.path(), {Precision::f32, true, false});
  ASSERT_OK(model);
  MatrixF embeddings(2, static_cast<std::size_t>(shape.projection));
  ASSERT_OK(model->embed_images(images, embeddings));
  EXPECT_GT(cosine(embeddings.row(0), expected), 1.0 - 1e-6);
  const auto both = ClipModel::load(folder.path());
  ASSERT_FALSE(both.is_ok());
  EXPECT_NE(both.status().message().find("the image tower alone and cannot embed texts"),
            std::string::npos);
}

TEST(ClipModel, TheTextTowerAlone) {
  const CheckpointShape shape;
  const TemporaryFolder folder;
  auto tensors = testing::random_tensors(shape, 1);
  testing::write_checkpoint(folder.path(), shape, tensors);
  const std::vector<std::string> texts = {"it's 5 dogs"};
  const auto whole = ClipModel::load(folder.path(), {Precision::f32, false, true})->embed_texts(texts);

  std::erase_if(tensors, [](const auto& entry) {
    return !entry.first.starts_with("text_model") && !entry.first.starts_with("text_projection");
  });
  testing::write_text_file(folder.file("model.safetensors"),
                           testing::safetensors_bytes(tensors, shape.dtype));
  keep_one_tower(folder.path(), "text_config", "clip_text_model");
  std::filesystem::remove(folder.file("preprocessor_config.json"));
  const auto model = ClipModel::load(folder.path(), {Precision::f32, false, true});
  ASSERT_OK(model);
  const auto alone = model->embed_texts(texts);
  ASSERT_OK(alone);
  EXPECT_EQ(std::memcmp(alone->data(), whole->data(), whole->size() * sizeof(float)), 0);
  EXPECT_FALSE(ClipModel::load(folder.path(), {Precision::f32, true, false}).is_ok());
}

TEST(ClipModel, RefusesWhatDoesNotFit) {
  const CheckpointShape shape;
  const TemporaryFolder folder;
  auto tensors = testing::random_tensors(shape, 1);
  testing::write_checkpoint(folder.path(), shape, tensors);
  const auto model = ClipModel::load(folder.path(), {Precision::f32, true, false});
  ASSERT_OK(model);
  MatrixF embeddings(1, 20);
  EXPECT_EQ(model->embed_images(random_images(1, 31), embeddings).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(model->embed_images(random_images(2, 32), embeddings).code(), ErrorCode::invalid_argument);
  EXPECT_OK(model->embed_images({}, MatrixView<float>(nullptr, 0, 20)));
  EXPECT_EQ(model->tokenize("a").status().code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace clipcluster
