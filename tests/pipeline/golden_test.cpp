// From image files to vectors, against what Pillow and PyTorch made of the same files.
#include <gtest/gtest.h>

#include "clipcluster/array_files.h"
#include "clipcluster/pipeline.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using testing::clip_mini_folder;
using testing::shared_folder;

double worst_cosine(const MatrixF& ours, MatrixView<const float> theirs) {
  double worst = 1.0;
  for (std::size_t i = 0; i < ours.rows(); ++i) {
    double dot = 0.0;
    for (std::size_t j = 0; j < ours.cols(); ++j) dot += static_cast<double>(ours(i, j)) * theirs(i, j);
    worst = std::min(worst, dot);
  }
  return worst;
}

TEST(GoldenFiles, VectorsAgree) {
  CLIPCLUSTER_REQUIRE_SHARED();
  const std::string folder = shared_folder() + "/data/golden-clip-mini";
  const auto expected = read_npy<float>(folder + "/images.npy");
  ASSERT_OK(expected);
  for (const auto& [precision, least] :
       {std::pair{Precision::f32, 0.9999}, std::pair{Precision::bf16, 0.999}}) {
    EmbedOptions options;
    options.inputs = {folder + "/images"};
    options.model_folder = clip_mini_folder();
    options.precision = precision;
    const auto embedded = embed_files(options);
    ASSERT_OK(embedded);
    ASSERT_EQ(embedded->embeddings.rows(), expected->rows());
    ASSERT_EQ(embedded->embeddings.cols(), expected->cols());
    EXPECT_GE(worst_cosine(embedded->embeddings, *expected), least) << precision_name(precision);
  }
}

}  // namespace
}  // namespace clipcluster
