#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clipcluster/cpu.h"
#include "clipcluster/parallel.h"
#include "clipcluster/umap.h"
#include "reduce/umap_cases.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using testing::all_finite;
using testing::gaussian_blobs;
using ::testing::HasSubstr;
using testing::nearest_in_same_blob;
using testing::same_bytes;

UmapOptions quick(int epochs = 100) {
  UmapOptions options;
  options.n_epochs = epochs;
  return options;
}

MatrixF embedding_of(MatrixF points, const UmapOptions& options) {
  Result<UmapModel> model = fit_umap(std::move(points), options);
  EXPECT_OK(model);
  return MatrixF::copy_of(model->embedding);
}

TEST(UmapFit, KeepsBlobsTogetherAndApart) {
  for (const int n_components : {1, 2, 3, 5, 9}) {
    UmapOptions options = quick(200);
    options.n_components = n_components;
    const MatrixF embedding = embedding_of(gaussian_blobs(600, 10, 6), options);
    ASSERT_EQ(embedding.cols(), static_cast<std::size_t>(n_components));
    EXPECT_TRUE(all_finite(embedding));
    EXPECT_GT(nearest_in_same_blob(embedding, 6), 0.99) << n_components;
  }
}

TEST(UmapFit, SameBytesAtAnyThreadCount) {
  for (const Metric metric : {Metric::euclidean, Metric::cosine}) {
    UmapOptions options = quick(30);
    options.metric = metric;
    options.n_components = 5;
    set_thread_count(1);
    const MatrixF one = embedding_of(gaussian_blobs(2500, 8, 3, 2.0), options);
    for (const int threads : {2, 3, 4}) {
      set_thread_count(threads);
      EXPECT_TRUE(same_bytes(one, embedding_of(gaussian_blobs(2500, 8, 3, 2.0), options))) << threads;
    }
    set_thread_count(0);
  }
}

TEST(UmapFit, SeedDecides) {
  UmapOptions options = quick(20);
  const MatrixF first = embedding_of(gaussian_blobs(300, 5, 2), options);
  EXPECT_TRUE(same_bytes(first, embedding_of(gaussian_blobs(300, 5, 2), options)));
  options.seed = 43;
  EXPECT_FALSE(same_bytes(first, embedding_of(gaussian_blobs(300, 5, 2), options)));
}

// Given the same neighbours: their distances may be rounded differently.
TEST(UmapFit, SameBytesWithAnyInstructionSet) {
  const InstructionSet offered = instruction_set();
  const MatrixF points = gaussian_blobs(2500, 6, 4);
  const auto neighbors = nearest_neighbors(points, {15, Metric::euclidean});
  ASSERT_OK(neighbors);
  limit_instruction_set(InstructionSet::scalar);
  const Result<UmapModel> scalar = fit_umap(points.clone(), quick(50), &*neighbors);
  ASSERT_OK(scalar);
  EXPECT_GT(nearest_in_same_blob(scalar->embedding, 4), 0.99);
  for (const InstructionSet set : {InstructionSet::avx2, InstructionSet::avx512}) {
    if (set > offered) continue;
    limit_instruction_set(set);
    const Result<UmapModel> model = fit_umap(points.clone(), quick(50), &*neighbors);
    ASSERT_OK(model);
    EXPECT_TRUE(same_bytes(scalar->embedding, model->embedding)) << instruction_set_name(set);
  }
  limit_instruction_set(offered);
}

TEST(UmapFit, GivenNeighboursAreUsed) {
  const MatrixF points = gaussian_blobs(300, 5, 3);
  const UmapOptions options = quick(20);
  const MatrixF expected = embedding_of(points.clone(), options);
  for (const int k : {15, 22}) {  // more columns than needed are no matter
    const Result<NeighborLists> neighbors = nearest_neighbors(points, {k, Metric::euclidean});
    ASSERT_OK(neighbors);
    const Result<UmapModel> model = fit_umap(points.clone(), options, &*neighbors);
    ASSERT_OK(model);
    EXPECT_TRUE(same_bytes(expected, model->embedding)) << k;
  }
}

TEST(UmapFit, TinyInputs) {
  for (std::size_t n = 2; n <= 12; ++n) {
    for (const int n_components : {1, 2, 5}) {
      UmapOptions options = quick(50);
      options.n_components = n_components;
      const MatrixF embedding = embedding_of(gaussian_blobs(n, 3, 2), options);
      EXPECT_EQ(embedding.rows(), n);
      EXPECT_TRUE(all_finite(embedding)) << n << " " << n_components;
    }
  }
}

TEST(UmapFit, DuplicatesAndConstantColumns) {
  MatrixF points = gaussian_blobs(200, 4, 2);
  for (std::size_t i = 0; i < points.rows(); ++i) points(i, 3) = 7.0F;
  for (std::size_t i = 0; i < 60; ++i) std::copy_n(points.row(0), 4, points.row(i));
  EXPECT_TRUE(all_finite(embedding_of(std::move(points), quick())));
}

TEST(UmapFit, AllRowsEqual) {
  EXPECT_TRUE(all_finite(embedding_of(MatrixF(50, 4), quick())));
  UmapOptions options = quick();
  options.metric = Metric::cosine;
  EXPECT_TRUE(all_finite(embedding_of(MatrixF(50, 4), options)));
}

TEST(UmapFit, UnconnectedRowsGetNoPlace) {
  // Cosine distance 2, exactly opposite, is no neighbour.
  MatrixF points(5, 2);
  const float rows[] = {1, 0, 1, 0.01F, 1, 0.02F, 1, 0.03F, -1, 0};
  std::copy_n(rows, 10, points.data());
  NeighborLists neighbors = {MatrixI(5, 3), MatrixF(5, 3)};
  const int ids[] = {0, 1, 2, 1, 0, 2, 2, 1, 3, 3, 2, 1, 4, 0, 1};
  const float far[] = {0, .1F, .2F, 0, .1F, .1F, 0, .1F, .1F, 0, .1F, .2F, 0, 2, 2};
  std::copy_n(ids, 15, neighbors.indices.data());
  std::copy_n(far, 15, neighbors.distances.data());
  UmapOptions options = quick();
  options.metric = Metric::cosine;
  options.n_neighbors = 3;
  const Result<UmapModel> model = fit_umap(std::move(points), options, &neighbors);
  ASSERT_OK(model);
  EXPECT_TRUE(all_finite(model->embedding.view().rows_between(0, 4)));
  EXPECT_TRUE(std::isnan(model->embedding.row(4)[0]));
  EXPECT_TRUE(std::isnan(model->embedding.row(4)[1]));
}

TEST(UmapFit, ManyPieces) {
  UmapOptions options = quick();
  options.n_neighbors = 3;
  const MatrixF embedding = embedding_of(gaussian_blobs(300, 3, 60, 1000.0), options);
  EXPECT_TRUE(all_finite(embedding));
  EXPECT_GT(nearest_in_same_blob(embedding, 60), 0.8);
}

TEST(UmapFit, OtherOptionsWork) {
  UmapOptions options = quick();
  options.init = UmapInit::random;
  options.min_dist = 0.0;
  options.set_op_mix_ratio = 0.5;
  options.local_connectivity = 2.0;
  options.negative_sample_rate = 3;
  options.repulsion_strength = 0.5;
  EXPECT_GT(nearest_in_same_blob(embedding_of(gaussian_blobs(300, 6, 3), options), 3), 0.98);
  options.n_epochs = 0;
  EXPECT_TRUE(all_finite(embedding_of(gaussian_blobs(300, 6, 3), options)));
}

std::string refusal(const UmapOptions& options) {
  const Result<UmapModel> model = fit_umap(gaussian_blobs(20, 3, 2), options);
  if (model.is_ok()) return "accepted";
  EXPECT_EQ(model.status().code(), ErrorCode::invalid_argument);
  return model.status().message();
}

TEST(UmapFit, RefusesUnusableOptions) {
  const auto with = [](auto change) {
    UmapOptions options;
    change(options);
    return options;
  };
  EXPECT_THAT(refusal(with([](UmapOptions& o) { o.n_neighbors = 1; })), HasSubstr("n_neighbors is 1"));
  EXPECT_THAT(refusal(with([](UmapOptions& o) { o.n_components = 0; })), HasSubstr("n_components"));
  EXPECT_THAT(refusal(with([](UmapOptions& o) { o.min_dist = 1.5; })), HasSubstr("min_dist is 1.5"));
  EXPECT_THAT(refusal(with([](UmapOptions& o) { o.min_dist = NAN; })), HasSubstr("min_dist"));
  EXPECT_THAT(refusal(with([](UmapOptions& o) { o.spread = 0; })), HasSubstr("spread"));
  EXPECT_THAT(refusal(with([](UmapOptions& o) { o.n_epochs = -1; })), HasSubstr("n_epochs"));
  EXPECT_THAT(refusal(with([](UmapOptions& o) { o.learning_rate = 0; })), HasSubstr("learning_rate"));
  EXPECT_THAT(refusal(with([](UmapOptions& o) { o.negative_sample_rate = -1; })), HasSubstr("negative"));
  EXPECT_THAT(refusal(with([](UmapOptions& o) { o.repulsion_strength = -1; })), HasSubstr("repulsion"));
  EXPECT_THAT(refusal(with([](UmapOptions& o) { o.set_op_mix_ratio = 2; })), HasSubstr("set_op_mix"));
  EXPECT_THAT(refusal(with([](UmapOptions& o) { o.local_connectivity = -1; })), HasSubstr("local_conn"));
}

TEST(UmapFit, RefusesUnusablePoints) {
  EXPECT_THAT(fit_umap(MatrixF(1, 3), {}).status().message(), HasSubstr("1 x 3"));
  EXPECT_THAT(fit_umap(MatrixF(3, 0), {}).status().message(), HasSubstr("3 x 0"));
  MatrixF points = gaussian_blobs(10, 2, 2);
  points(4, 1) = NAN;
  EXPECT_THAT(fit_umap(std::move(points), {}).status().message(), HasSubstr("row 4"));
}

TEST(UmapFit, RefusesUnusableNeighbours) {
  const MatrixF points = gaussian_blobs(30, 2, 2);
  const NeighborLists few = {MatrixI(30, 5), MatrixF(30, 5)};
  EXPECT_THAT(fit_umap(points.clone(), {}, &few).status().message(), HasSubstr("30 x 5"));
  NeighborLists wrong = {MatrixI(30, 15), MatrixF(30, 15)};
  wrong.indices(3, 4) = 30;
  EXPECT_THAT(fit_umap(points.clone(), {}, &wrong).status().message(), HasSubstr("row 30"));
}

class CountingProgress : public Progress {
 public:
  explicit CountingProgress(std::uint64_t stop_after) : stop_after_(stop_after) {}
  void report(const ProgressEvent& event) override {
    if (event.step != "layout") return;
    EXPECT_GE(event.done, done_);
    EXPECT_EQ(event.unit, "epochs");
    done_ = event.done;
    total_ = event.total;
  }
  bool cancelled() override { return done_ >= stop_after_; }
  std::uint64_t done() const { return done_; }
  std::uint64_t total() const { return total_; }

 private:
  std::uint64_t stop_after_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

TEST(UmapFit, ReportsEpochsAndStopsWhenAsked) {
  CountingProgress whole(1000);
  ASSERT_OK(fit_umap(gaussian_blobs(100, 3, 2), quick(40), nullptr, whole));
  EXPECT_EQ(whole.done(), 40U);
  EXPECT_EQ(whole.total(), 40U);
  CountingProgress stopped(7);
  const Result<UmapModel> model = fit_umap(gaussian_blobs(100, 3, 2), quick(40), nullptr, stopped);
  EXPECT_EQ(model.status().code(), ErrorCode::cancelled);
  EXPECT_EQ(stopped.done(), 7U);
}

}  // namespace
}  // namespace clipcluster
