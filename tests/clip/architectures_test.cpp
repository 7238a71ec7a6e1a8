// Every architecture against the plain float64 towers of tests/reference, from pixels and texts on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "clip/recorded_checkpoint.h"
#include "clipcluster/clip.h"
#include "clipcluster/parallel.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using nlohmann::json;
using testing::TemporaryFolder;
using Names = std::vector<std::string>;

// What docs/models.md promises of each precision.
struct Tolerance {
  Precision precision;
  double least_cosine;
  double largest_difference;  // of one number of a unit vector
};
constexpr Tolerance kTolerances[] = {
    {Precision::f32, 1.0 - 1e-10, 2e-6}, {Precision::bf16, 0.999, 0.05}, {Precision::int8, 0.99, 0.1}};

void expect_near(const float* found, const std::vector<double>& expected, const Tolerance& tolerance) {
  double cosine = 0.0;
  double largest = 0.0;
  double squares = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    cosine += found[i] * expected[i];
    squares += static_cast<double>(found[i]) * found[i];
    largest = std::max(largest, std::abs(found[i] - expected[i]));
  }
  EXPECT_NEAR(squares, 1.0, 1e-6);
  EXPECT_GE(cosine, tolerance.least_cosine - 2e-7);  // unit vectors in float32
  EXPECT_LE(largest, tolerance.largest_difference);
}

class Architectures : public ::testing::TestWithParam<std::string> {
 protected:
  Architectures() {
    testing::write_recorded_checkpoint(folder_.path(), kind_, testing::recorded_tensors(kind_));
  }
  void TearDown() override { set_thread_count(0); }
  bool has_images() const { return !kind_["images"].empty(); }
  bool has_texts() const { return !kind_["texts"].empty(); }
  Result<ClipModel> load(Precision precision) const {
    return ClipModel::load(folder_.path(), {precision, has_images(), has_texts()});
  }
  std::vector<Image> images(const ClipModel& model) const {
    std::vector<Image> result;
    for (const json& entry : kind_["images"]) {
      const Image image = testing::formula_image(entry["name"], entry["width"], entry["height"]);
      result.push_back(resize_and_crop(image, model.preprocess()));
    }
    return result;
  }
  Names texts() const {
    Names result;
    for (const json& entry : kind_["texts"]) result.push_back(entry["text"]);
    return result;
  }

  json kind_ = testing::recorded_kind(GetParam());
  TemporaryFolder folder_;
};

TEST_P(Architectures, AgreeWithTheReference) {
  for (const Tolerance& tolerance : kTolerances) {
    const auto model = load(tolerance.precision);
    ASSERT_OK(model);
    SCOPED_TRACE(precision_name(tolerance.precision));
    if (has_images()) {
      const auto pictures = images(*model);
      const std::size_t columns = kind_["images"][0]["embedding"].size();
      ASSERT_EQ(static_cast<std::size_t>(model->embedding_size()), columns);
      MatrixF embeddings(pictures.size(), columns);
      ASSERT_OK(model->embed_images(pictures, embeddings));
      for (std::size_t i = 0; i < pictures.size(); ++i) {
        expect_near(embeddings.row(i), kind_["images"][i]["embedding"], tolerance);
      }
    }
    if (has_texts()) {
      const auto embeddings = model->embed_texts(texts());
      ASSERT_OK(embeddings);
      ASSERT_EQ(static_cast<std::size_t>(model->embedding_size()), embeddings->cols());
      for (std::size_t i = 0; i < embeddings->rows(); ++i) {
        SCOPED_TRACE(texts()[i]);
        EXPECT_EQ(*model->tokenize(texts()[i]), kind_["texts"][i]["ids"].get<std::vector<int>>());
        expect_near(embeddings->row(i), kind_["texts"][i]["embedding"], tolerance);
      }
    }
  }
}

TEST_P(Architectures, LogitsAgree) {
  if (!kind_.contains("logit")) return;  // one tower has nothing to compare with
  const auto model = load(Precision::f32);
  ASSERT_OK(model);
  const auto pictures = images(*model);
  MatrixF image(pictures.size(), static_cast<std::size_t>(model->embedding_size()));
  ASSERT_OK(model->embed_images(pictures, image));
  const auto text = model->embed_texts(texts());
  ASSERT_OK(text);
  double cosine = 0.0;
  for (std::size_t i = 0; i < image.cols(); ++i) cosine += image(0, i) * (*text)(0, i);
  EXPECT_NEAR(model->logit_scale() * cosine + model->logit_bias(), kind_["logit"].get<double>(), 1e-3);
}

// Rounding a checkpoint's numbers to 16 bits moves the result a little, and reading them right is all
// that keeps it there.
TEST_P(Architectures, HalfPrecisionCheckpoints) {
  const auto tensors = testing::recorded_tensors(kind_);
  for (const char* dtype : {"F16", "BF16"}) {
    testing::write_recorded_checkpoint(folder_.path(), kind_, tensors, dtype);
    const auto model = load(Precision::f32);
    ASSERT_OK(model);
    const Tolerance tolerance{Precision::f32, 0.999, 0.05};
    if (has_images()) {
      MatrixF embeddings(2, static_cast<std::size_t>(model->embedding_size()));
      ASSERT_OK(model->embed_images(images(*model), embeddings));
      expect_near(embeddings.row(1), kind_["images"][1]["embedding"], tolerance);
    }
    if (has_texts()) {
      const auto embeddings = model->embed_texts(texts());
      ASSERT_OK(embeddings);
      expect_near(embeddings->row(0), kind_["texts"][0]["embedding"], tolerance);
    }
  }
}

TEST_P(Architectures, OneItemHasTheSameBitsInEveryBatchAtAnyThreadCount) {
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    const auto model = load(precision);
    ASSERT_OK(model);
    const auto columns = static_cast<std::size_t>(model->embedding_size());
    std::vector<Image> pictures;
    if (has_images()) pictures = images(*model);
    for (std::size_t i = 0; has_images() && i < 9; ++i) pictures.push_back(pictures[i % 2]);
    MatrixF together(pictures.size(), columns);
    MatrixF alone(1, columns);
    for (const int threads : {1, 2, 4}) {
      set_thread_count(threads);
      if (has_images()) {
        ASSERT_OK(model->embed_images(pictures, together));
        ASSERT_OK(model->embed_images(std::span(pictures).first(1), alone));
        for (std::size_t i = 2; i < pictures.size(); i += 2) {
          EXPECT_EQ(std::memcmp(together.row(i), alone.data(), columns * sizeof(float)), 0) << threads;
        }
      }
      if (has_texts()) {
        const Names lines = texts();
        const auto all = model->embed_texts(lines);
        ASSERT_OK(all);
        for (std::size_t i = 0; i < lines.size(); ++i) {
          const auto one = model->embed_texts(std::span(lines).subspan(i, 1));
          ASSERT_OK(one);
          EXPECT_EQ(std::memcmp(all->row(i), one->data(), columns * sizeof(float)), 0) << threads;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Architectures, ::testing::ValuesIn(testing::recorded_kinds()),
                         [](const auto& kind) { return kind.param; });

}  // namespace
}  // namespace clipcluster
