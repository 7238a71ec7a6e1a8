#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clipcluster/parallel.h"
#include "clipcluster/umap.h"
#include "reduce/umap_cases.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using testing::gaussian_blobs;
using ::testing::HasSubstr;
using testing::same_bytes;
using testing::squared_distance;

constexpr std::size_t kTraining = 600;
constexpr std::size_t kNew = 120;
constexpr std::size_t kBlobs = 6;

// The last rows of the same blobs are the new ones.
class UmapTransform : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    all_ = new MatrixF(gaussian_blobs(kTraining + kNew, 8, kBlobs));
    UmapOptions options;
    options.n_components = 3;
    options.n_epochs = 200;
    auto model = fit_umap(MatrixF::copy_of(all_->view().rows_between(0, kTraining)), options);
    ASSERT_OK(model);
    model_ = new UmapModel(std::move(*model));
  }
  static void TearDownTestSuite() {
    delete model_;
    delete all_;
  }
  static MatrixView<const float> new_rows() {
    return std::as_const(*all_).view().rows_between(kTraining, kTraining + kNew);
  }
  static MatrixF place(MatrixView<const float> rows) {
    Result<MatrixF> placed = umap_transform(*model_, rows);
    EXPECT_OK(placed);
    return std::move(*placed);
  }

  static MatrixF* all_;
  static UmapModel* model_;
};
MatrixF* UmapTransform::all_ = nullptr;
UmapModel* UmapTransform::model_ = nullptr;

TEST_F(UmapTransform, NewRowsGoToTheirBlob) {
  const MatrixF placed = place(new_rows());
  std::size_t good = 0;
  for (std::size_t i = 0; i < kNew; ++i) {
    std::size_t nearest = 0;
    for (std::size_t j = 0; j < kTraining; ++j) {
      if (squared_distance(placed.row(i), model_->embedding.row(j), 3) <
          squared_distance(placed.row(i), model_->embedding.row(nearest), 3)) {
        nearest = j;
      }
    }
    good += nearest % kBlobs == (kTraining + i) % kBlobs ? 1 : 0;
  }
  EXPECT_GE(good, kNew - 1);
}

TEST_F(UmapTransform, ARowAloneIsTheSameAsInAnyBatchAndOrder) {
  const MatrixF batch = place(new_rows());
  MatrixF reversed(kNew, 8);
  for (std::size_t i = 0; i < kNew; ++i) std::copy_n(new_rows().row(kNew - 1 - i), 8, reversed.row(i));
  const MatrixF placed_reversed = place(reversed);
  for (std::size_t i = 0; i < kNew; ++i) {
    const auto here = batch.view().rows_between(i, i + 1);
    EXPECT_TRUE(same_bytes(here, place(new_rows().rows_between(i, i + 1)))) << i;
    EXPECT_TRUE(same_bytes(here, placed_reversed.view().rows_between(kNew - 1 - i, kNew - i))) << i;
  }
}

TEST_F(UmapTransform, SameBytesAtAnyThreadCount) {
  set_thread_count(1);
  const MatrixF one = place(new_rows());
  for (const int threads : {2, 4}) {
    set_thread_count(threads);
    EXPECT_TRUE(same_bytes(one, place(new_rows())));
  }
  set_thread_count(0);
}

TEST_F(UmapTransform, TrainingRowsKeepTheirPlaces) {
  EXPECT_TRUE(same_bytes(model_->embedding, place(model_->points)));
}

TEST_F(UmapTransform, GivenNeighboursAreUsed) {
  const MatrixF expected = place(new_rows());
  const auto neighbors = query_neighbors(model_->points, new_rows(), {20, Metric::euclidean});
  ASSERT_OK(neighbors);
  const auto placed = umap_transform(*model_, new_rows(), &*neighbors);
  ASSERT_OK(placed);
  EXPECT_TRUE(same_bytes(expected, *placed));
}

TEST_F(UmapTransform, UnusableRowsGetNoPlaceAndDisturbNobody) {
  MatrixF rows = MatrixF::copy_of(new_rows());
  rows(5, 2) = NAN;
  rows(7, 0) = INFINITY;
  const MatrixF expected = place(new_rows());
  const MatrixF placed = place(rows);
  for (std::size_t i = 0; i < kNew; ++i) {
    if (i == 5 || i == 7) {
      EXPECT_TRUE(std::isnan(placed(i, 0)));
    } else {
      EXPECT_TRUE(same_bytes(expected.view().rows_between(i, i + 1), placed.view().rows_between(i, i + 1)));
    }
  }
}

TEST_F(UmapTransform, NothingInNothingOut) {
  const MatrixF placed = place(MatrixF(0, 8));
  EXPECT_EQ(placed.rows(), 0U);
}

TEST_F(UmapTransform, RefusesOtherWidths) {
  const auto placed = umap_transform(*model_, MatrixF(2, 7));
  EXPECT_THAT(placed.status().message(), HasSubstr("8 numbers"));
}

TEST_F(UmapTransform, ModelSurvivesNamedArrays) {
  const MatrixF expected = place(new_rows());
  const NamedArrays whole = model_->to_arrays();
  const NamedArrays bare = model_->to_arrays(false);
  EXPECT_TRUE(whole.has("points"));
  EXPECT_FALSE(bare.has("points"));
  const Result<UmapModel> models[] = {UmapModel::from_arrays(whole),
                                      UmapModel::from_arrays(bare, model_->points)};
  for (const Result<UmapModel>& back : models) {
    ASSERT_OK(back);
    const auto placed = umap_transform(*back, new_rows());
    ASSERT_OK(placed);
    EXPECT_TRUE(same_bytes(expected, *placed));
  }
  EXPECT_FALSE(UmapModel::from_arrays(model_->to_arrays(false)).is_ok());
}

TEST_F(UmapTransform, OptionsSurviveNamedArrays) {
  UmapModel model = *model_;
  model.options.n_neighbors = 7;
  model.options.metric = Metric::cosine;
  model.options.min_dist = 0.123456789012345;
  model.options.n_epochs = std::nullopt;
  model.options.init = UmapInit::random;
  model.options.seed = 0xFFFFFFFFFFFFFFFFULL;
  const Result<UmapModel> back = UmapModel::from_arrays(model.to_arrays());
  ASSERT_OK(back);
  EXPECT_EQ(back->options.n_neighbors, 7);
  EXPECT_EQ(back->options.metric, Metric::cosine);
  EXPECT_EQ(back->options.min_dist, 0.123456789012345);
  EXPECT_FALSE(back->options.n_epochs.has_value());
  EXPECT_EQ(back->options.init, UmapInit::random);
  EXPECT_EQ(back->options.seed, 0xFFFFFFFFFFFFFFFFULL);
  EXPECT_EQ(back->a, model.a);
}

TEST_F(UmapTransform, DamagedModelsAreRefused) {
  const auto refused = [](auto damage) {
    NamedArrays arrays = model_->to_arrays();
    damage(arrays);
    const Result<UmapModel> model = UmapModel::from_arrays(arrays);
    return model.is_ok() ? std::string("accepted") : model.status().message();
  };
  EXPECT_THAT(refused([](NamedArrays& a) { a.set_text("a", "much"); }), HasSubstr("'much'"));
  EXPECT_THAT(refused([](NamedArrays& a) { a.set_text("b", "nan"); }), HasSubstr("b = nan"));
  EXPECT_THAT(refused([](NamedArrays& a) { a.set_text("init", "?"); }), HasSubstr("init"));
  EXPECT_THAT(refused([](NamedArrays& a) { a.set_text("n_neighbors", "0"); }), HasSubstr("n_neighbors"));
  EXPECT_THAT(refused([](NamedArrays& a) { a.set_text("n_components", "2"); }), HasSubstr("600 x 3"));
  EXPECT_THAT(refused([](NamedArrays& a) { a.add("points", SharedMatrix<float>(MatrixF(3, 8))); }),
              HasSubstr("3 x 8"));
  EXPECT_THAT(UmapModel::from_arrays(NamedArrays("pca", 1)).status().message(), HasSubstr("'pca'"));
  EXPECT_THAT(UmapModel::from_arrays(NamedArrays("umap", 9)).status().message(), HasSubstr("version 9"));
}

// So few rows that the index finds the very nearest.
TEST(UmapTransformAlone, AnIndexFindsTheSamePlaces) {
  UmapOptions options;
  options.n_epochs = 20;
  options.init = UmapInit::random;
  const MatrixF all = gaussian_blobs(2300, 12, 5);
  Result<UmapModel> model = fit_umap(MatrixF::copy_of(all.view().rows_between(0, 2200)), options);
  ASSERT_OK(model);
  const MatrixView<const float> rows = all.view().rows_between(2190, 2300);
  const auto scanned = umap_transform(*model, rows);
  ASSERT_OK(scanned);
  const auto index = build_neighbor_index(model->points, options.metric);
  ASSERT_OK(index);
  ASSERT_TRUE(index->has_cells());
  model->index = *index;
  const Result<UmapModel> back = UmapModel::from_arrays(model->to_arrays());
  ASSERT_OK(back);
  ASSERT_TRUE(back->index.has_value());
  EXPECT_TRUE(back->index->has_cells());
  for (const UmapModel& with_index : {*model, *back}) {
    const auto placed = umap_transform(with_index, rows);
    ASSERT_OK(placed);
    EXPECT_TRUE(same_bytes(*scanned, *placed));
  }
  const auto bare = UmapModel::from_arrays(model->to_arrays(false), model->points);
  ASSERT_OK(bare);
  EXPECT_FALSE(bare->index.has_value());
}

TEST(UmapTransformAlone, OppositeRowsGetNoPlace) {
  UmapOptions options;
  options.metric = Metric::cosine;
  options.n_neighbors = 4;
  options.n_epochs = 20;
  MatrixF points(6, 2);
  for (std::size_t i = 0; i < 6; ++i) points(i, 0) = static_cast<float>(i + 1);
  const Result<UmapModel> model = fit_umap(std::move(points), options);
  ASSERT_OK(model);
  MatrixF opposite(1, 2);
  opposite(0, 0) = -1.0F;
  const auto placed = umap_transform(*model, opposite);
  ASSERT_OK(placed);
  EXPECT_TRUE(std::isnan((*placed)(0, 0)));
}

}  // namespace
}  // namespace clipcluster
