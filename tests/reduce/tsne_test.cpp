#include "clipcluster/tsne.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "clipcluster/cpu.h"
#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "reduce/tsne/affinities.h"
#include "reduce/tsne/attraction.h"
#include "reduce/tsne/convolution.h"
#include "reduce/tsne/field.h"
#include "reduce/tsne/grid.h"
#include "reduce/tsne/tree.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using ::testing::HasSubstr;

constexpr InstructionSet kSets[] = {InstructionSet::scalar, InstructionSet::avx2, InstructionSet::avx512};

MatrixF normal_points(std::size_t n, std::size_t d, double scale, std::uint64_t seed) {
  const CounterRandom random(seed, "tsne test");
  MatrixF points(n, d);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < d; ++j) points(i, j) = static_cast<float>(scale * random.normal(i, j));
  }
  return points;
}

// Classes i % classes, each around a place of its own.
MatrixF clustered_points(std::size_t n, std::size_t d, std::size_t classes) {
  const MatrixF centres = normal_points(classes, d, 6.0, 2);
  MatrixF points = normal_points(n, d, 1.0, 3);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < d; ++j) points(i, j) += centres(i % classes, j);
  }
  return points;
}

bool same_bytes(MatrixView<const float> a, MatrixView<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

struct Exact {
  double sum = 0.0;
  Matrix<double> forces;
};
Exact exact_repulsion(MatrixView<const float> places) {
  Exact exact;
  exact.forces = Matrix<double>(places.rows(), places.cols());
  for (std::size_t i = 0; i < places.rows(); ++i) {
    for (std::size_t j = 0; j < places.rows(); ++j) {
      if (i == j) continue;
      double square = 0.0;
      for (std::size_t c = 0; c < places.cols(); ++c) {
        square += std::pow(double{places(i, c)} - double{places(j, c)}, 2);
      }
      const double q = 1.0 / (1.0 + square);
      exact.sum += q;
      for (std::size_t c = 0; c < places.cols(); ++c) {
        exact.forces(i, c) += q * q * (double{places(i, c)} - double{places(j, c)});
      }
    }
  }
  return exact;
}

double relative_error(const MatrixF& actual, const Matrix<double>& expected) {
  double error = 0.0;
  double size = 0.0;
  for (std::size_t at = 0; at < actual.size(); ++at) {
    error += std::pow(double{actual.data()[at]} - expected.data()[at], 2);
    size += std::pow(expected.data()[at], 2);
  }
  return std::sqrt(error / size);
}

double classes_kept(MatrixView<const float> embedding, std::size_t classes) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < embedding.rows(); ++i) {
    double best = std::numeric_limits<double>::max();
    std::size_t nearest = i;
    for (std::size_t j = 0; j < embedding.rows(); ++j) {
      double square = 0.0;
      for (std::size_t c = 0; c < embedding.cols(); ++c) {
        square += std::pow(double{embedding(i, c)} - double{embedding(j, c)}, 2);
      }
      if (j != i && square < best) {
        best = square;
        nearest = j;
      }
    }
    kept += nearest % classes == i % classes ? 1U : 0U;
  }
  return static_cast<double>(kept) / static_cast<double>(embedding.rows());
}

TsneOptions quick_options() {
  TsneOptions options;
  options.n_iter = 400;
  options.early_exaggeration_iter = 100;
  options.perplexity = 12.0;
  return options;
}

TEST(TsneFourier, ConvolvesLikeTheSumAtEverySize) {
  for (const std::size_t size : {64U, 192U, 320U, 128U, 960U}) {
    SCOPED_TRACE(size);
    MatrixF kernel(size, size);
    const auto value = [](double y, double x) { return 1.0 / (1.0 + 0.02 * (x * x + y * y)); };
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) {
        kernel(i, j) = static_cast<float>(
            value(static_cast<double>(std::min(i, size - i)), static_cast<double>(std::min(j, size - j))));
      }
    }
    tsne::Convolution convolution(size, std::move(kernel), std::vector<double>(size / 2 + 1, 1.0));
    const std::size_t side = convolution.columns();
    MatrixF grid(side, side);
    const std::size_t sources[][2] = {{0, 0}, {side - 1, side - 1}, {side / 3, side - 2}, {5, 17}};
    for (const auto& source : sources) grid(source[0], source[1]) += 1.5F;
    convolution.apply(grid);
    for (std::size_t at = 0; at < grid.size(); at += 37) {
      double expected = 0.0;
      for (const auto& source : sources) {
        expected += 1.5 * value(static_cast<double>(at / side) - static_cast<double>(source[0]),
                                static_cast<double>(at % side) - static_cast<double>(source[1]));
      }
      ASSERT_NEAR(grid.data()[at], expected, 2e-5) << at;
    }
  }
}

TEST(TsneFourier, SizesAreTheSmallestThatFit) {
  EXPECT_EQ(tsne::transform_size(1), 64U);
  EXPECT_EQ(tsne::transform_size(33), 128U);
  EXPECT_EQ(tsne::transform_size(129), 320U);
  EXPECT_EQ(tsne::transform_size(4096), 8192U);
  EXPECT_EQ(tsne::transform_size(4097), 0U);
}

TEST(TsneGrid, IsCloseToTheExactRepulsionWithEveryInstructionSet) {
  for (const double scale : {1e-4, 0.7, 9.0}) {
    SCOPED_TRACE(scale);
    const MatrixF places = normal_points(777, 2, scale, 5);
    const Exact exact = exact_repulsion(places);
    MatrixF first;
    for (const InstructionSet set : kSets) {
      limit_instruction_set(set);
      tsne::GridRepulsion repulsion;
      MatrixF forces(777, 2);
      ASSERT_TRUE(repulsion.prepare(places));
      EXPECT_NEAR(repulsion.forces(places, forces), exact.sum, 2e-3 * exact.sum + 1.0);
      if (scale > 0.1) {  // below, all forces are near 0
        EXPECT_LT(relative_error(forces, exact.forces), 0.01);
      }
      if (first.empty()) first = forces.clone();
      EXPECT_TRUE(same_bytes(first, forces)) << instruction_set_name(set);
    }
    limit_instruction_set(InstructionSet::avx512);
  }
}

TEST(TsneGrid, SaysWhenPlacesSpreadTooFarOrAreFew) {
  tsne::GridRepulsion few;
  EXPECT_FALSE(few.prepare(normal_points(40, 2, 0.1, 5)));
  EXPECT_FALSE(few.prepare(normal_points(400, 2, 60.0, 5)));
  MatrixF places = normal_points(9000, 2, 1.0, 5);
  places(3, 0) = 5000.0F;
  tsne::GridRepulsion repulsion;
  EXPECT_FALSE(repulsion.prepare(places));
  places(3, 0) = 1e30F;
  EXPECT_FALSE(repulsion.prepare(places));
}

TEST(TsneTree, IsExactAtAngleZeroAndCloseAtAHalf) {
  for (const std::size_t dimensions : {2U, 3U}) {
    MatrixF places = normal_points(501, dimensions, 7.0, 6);
    for (std::size_t i = 0; i < 40; ++i)
      std::copy_n(places.row(0), dimensions, places.row(i));  // duplicates
    const Exact exact = exact_repulsion(places);
    const tsne::Tree tree{places.view()};
    MatrixF forces(501, dimensions);
    EXPECT_NEAR(tree.forces(0.0F, forces), exact.sum, 1e-4 * exact.sum);
    EXPECT_LT(relative_error(forces, exact.forces), 1e-5);
    EXPECT_NEAR(tree.forces(0.5F, forces), exact.sum, 0.02 * exact.sum);
    EXPECT_LT(relative_error(forces, exact.forces), 0.05);
  }
}

TEST(TsneAttraction, EveryInstructionSetGivesTheExactPull) {
  const CounterRandom random(9, "pull test");
  const std::size_t n = 83;
  const MatrixF places = normal_points(n, 2, 4.0, 9);
  tsne::Affinities affinities;
  affinities.offsets = {0};
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) {  // row lengths 0 .. 82
      affinities.columns.push_back(static_cast<std::int32_t>((i * 31 + j * 7) % n));
      affinities.values.push_back(static_cast<float>(random.uniform(i, j)));
    }
    affinities.offsets.push_back(static_cast<std::int64_t>(affinities.columns.size()));
  }
  const tsne::Attraction from = {affinities.offsets.data(), affinities.columns.data(),
                                 affinities.values.data(), places.data()};
  Matrix<double> exact(n, 2);
  for (std::size_t i = 0; i < n; ++i) {
    for (auto at = static_cast<std::size_t>(affinities.offsets[i]);
         at < static_cast<std::size_t>(affinities.offsets[i + 1]); ++at) {
      const auto j = static_cast<std::size_t>(affinities.columns[at]);
      const double x = double{places(i, 0)} - double{places(j, 0)};
      const double y = double{places(i, 1)} - double{places(j, 1)};
      const double weight = affinities.values[at] / (1.0 + x * x + y * y);
      exact(i, 0) += weight * x;
      exact(i, 1) += weight * y;
    }
  }
  for (const InstructionSet set : kSets) {
    limit_instruction_set(set);
    MatrixF pulls(n, 2);
    tsne::attract_function(2)(from, 0, n, pulls.data());
    EXPECT_LT(relative_error(pulls, exact), 1e-6) << instruction_set_name(set);
  }
  limit_instruction_set(InstructionSet::avx512);
}

TEST(TsneAffinities, HaveTheWantedEntropyAndAreSymmetric) {
  const MatrixF points = normal_points(120, 6, 1.0, 4);
  const auto neighbors = nearest_neighbors(points, {40, Metric::euclidean});
  ASSERT_OK(neighbors);
  std::vector<float> squares;
  for (std::size_t j = 1; j < 40; ++j)
    squares.push_back(tsne::squared(neighbors->distances(7, j), Metric::euclidean));
  std::vector<float> shares(squares.size());
  tsne::perplexity_shares(squares, 10.0, shares);
  double entropy = 0.0;
  for (const float p : shares) entropy -= p > 0.0F ? p * std::log(double{p}) : 0.0;
  EXPECT_NEAR(entropy, std::log(10.0), 1e-4);

  const tsne::Affinities joint = tsne::joint_affinities(*neighbors, 40, 10.0, Metric::euclidean);
  Matrix<double> dense(120, 120);
  double total = 0.0;
  for (std::size_t i = 0; i < joint.rows(); ++i) {
    for (auto at = static_cast<std::size_t>(joint.offsets[i]);
         at < static_cast<std::size_t>(joint.offsets[i + 1]); ++at) {
      ASSERT_NE(static_cast<std::size_t>(joint.columns[at]), i);
      dense(i, static_cast<std::size_t>(joint.columns[at])) = joint.values[at];
      total += joint.values[at];
    }
  }
  EXPECT_NEAR(total, 1.0, 1e-5);
  for (std::size_t i = 0; i < 120; ++i) {
    for (std::size_t j = 0; j < 120; ++j) ASSERT_EQ(dense(i, j), dense(j, i));
  }
}

TEST(TsneAffinities, OfEqualDistancesAreEqualShares) {
  const std::vector<float> squares(8, 0.0F);
  std::vector<float> shares(8);
  tsne::perplexity_shares(squares, 3.0, shares);
  for (const float share : shares) EXPECT_FLOAT_EQ(share, 0.125F);
}

TEST(Tsne, KeepsClustersApartAndAgreesWithItsOwnDivergence) {
  const MatrixF points = clustered_points(400, 8, 5);
  for (const int dimensions : {2, 3}) {
    for (const Metric metric : {Metric::euclidean, Metric::cosine}) {
      TsneOptions options = quick_options();
      options.n_components = dimensions;
      options.metric = metric;
      const auto model = fit_tsne(SharedMatrix<float>::borrow(points), options);
      ASSERT_OK(model);
      EXPECT_GT(classes_kept(model->embedding, 5), 0.98);
      const auto neighbors = nearest_neighbors(points, {tsne_neighbors(options, 400), metric});
      ASSERT_OK(neighbors);
      const tsne::Affinities joint =
          tsne::joint_affinities(*neighbors, neighbors->indices.cols(), 12.0, metric);
      const double sum = exact_repulsion(model->embedding).sum;
      double divergence = 0.0;
      for (std::size_t i = 0; i < joint.rows(); ++i) {
        for (auto at = static_cast<std::size_t>(joint.offsets[i]);
             at < static_cast<std::size_t>(joint.offsets[i + 1]); ++at) {
          double square = 0.0;
          for (std::size_t c = 0; c < model->embedding.cols(); ++c) {
            square +=
                std::pow(double{model->embedding.row(i)[c]} -
                             double{model->embedding.row(static_cast<std::size_t>(joint.columns[at]))[c]},
                         2);
          }
          const double p = joint.values[at];
          divergence += p * std::log(p * sum * (1.0 + square));
        }
      }
      EXPECT_NEAR(model->kl_divergence, divergence, 5e-3);
    }
  }
}

TEST(Tsne, MethodsReachTheSameDivergence) {
  const MatrixF points = clustered_points(300, 6, 4);
  TsneOptions options = quick_options();
  const auto grid = fit_tsne(SharedMatrix<float>::borrow(points), options);
  options.method = TsneMethod::barnes_hut;
  options.angle = 0.0;
  const auto exact = fit_tsne(SharedMatrix<float>::borrow(points), options);
  ASSERT_OK(grid);
  ASSERT_OK(exact);
  EXPECT_NEAR(grid->kl_divergence, exact->kl_divergence, 0.05);
}

TEST(Tsne, IsTheSameAtAnyThreadCount) {
  const MatrixF points = clustered_points(2100, 6, 4);
  for (const int dimensions : {2, 3}) {
    TsneOptions options = quick_options();
    options.n_iter = 16;
    options.early_exaggeration_iter = 8;
    options.n_components = dimensions;
    const auto first = fit_tsne(SharedMatrix<float>::borrow(points), options);
    ASSERT_OK(first);
    for (const int threads : {1, 2, 3, 4}) {
      set_thread_count(threads);
      const auto again = fit_tsne(SharedMatrix<float>::borrow(points), options);
      ASSERT_OK(again);
      EXPECT_TRUE(same_bytes(first->embedding, again->embedding)) << threads;
      EXPECT_EQ(first->kl_divergence, again->kl_divergence);
    }
    set_thread_count(0);
    options.seed = 43;
    const auto other = fit_tsne(SharedMatrix<float>::borrow(points), options);
    ASSERT_OK(other);
    EXPECT_FALSE(same_bytes(first->embedding, other->embedding));
  }
}

TEST(Tsne, SmallAndDegenerateInputsHaveResults) {
  for (const std::size_t n : {2U, 3U, 5U}) {
    for (const int dimensions : {2, 3}) {
      TsneOptions options = quick_options();
      options.n_components = dimensions;
      const auto model = fit_tsne(normal_points(n, 1, 1.0, 8), options);
      ASSERT_OK(model);
      for (std::size_t i = 0; i < n; ++i) {
        for (const float x : model->embedding.view().row_span(i)) ASSERT_TRUE(std::isfinite(x)) << n;
      }
      EXPECT_LE(model->perplexity, std::max(1.0, static_cast<double>(n - 1) / 3.0));
    }
  }
  const auto equal = fit_tsne(MatrixF(60, 4), quick_options());
  ASSERT_OK(equal);
  for (const float x : equal->embedding.view().row_span(59)) EXPECT_TRUE(std::isfinite(x));
}

class Notes : public Progress {
 public:
  void note(std::string_view sentence) override { text_ += sentence; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

TEST(Tsne, CapsThePerplexityAndSaysSo) {
  Notes notes;
  TsneOptions options = quick_options();
  options.perplexity = 50.0;
  const MatrixF points = normal_points(31, 3, 1.0, 8);
  const auto model = fit_tsne(SharedMatrix<float>::borrow(points), options, nullptr, notes);
  ASSERT_OK(model);
  EXPECT_EQ(model->perplexity, 10.0);
  EXPECT_THAT(notes.text(), HasSubstr("using 10"));
  options.perplexity = 8.0;
  const auto neighbors = nearest_neighbors(points, {10, Metric::euclidean});
  ASSERT_OK(neighbors);
  const auto fewer = fit_tsne(SharedMatrix<float>::borrow(points), options, &*neighbors);
  ASSERT_OK(fewer);
  EXPECT_EQ(fewer->perplexity, 3.0);
}

TEST(TsneTransform, DoesNotDependOnTheBatchAndFindsTrainingRows) {
  const MatrixF points = clustered_points(400, 8, 5);
  const MatrixF fresh = clustered_points(440, 8, 5);  // the last 40 rows are new
  for (const int dimensions : {2, 3}) {
    TsneOptions options = quick_options();
    options.n_components = dimensions;
    const auto model = fit_tsne(SharedMatrix<float>::borrow(points), options);
    ASSERT_OK(model);
    const auto all = tsne_transform(*model, fresh);
    ASSERT_OK(all);
    EXPECT_TRUE(same_bytes(all->view().rows_between(0, 400), model->embedding));
    std::size_t kept = 0;
    for (std::size_t i = 400; i < 440; ++i) {
      const auto one = tsne_transform(*model, fresh.view().rows_between(i, i + 1));
      ASSERT_OK(one);
      EXPECT_TRUE(same_bytes(*one, all->view().rows_between(i, i + 1)));
      double best = std::numeric_limits<double>::max();
      std::size_t nearest = 0;
      for (std::size_t j = 0; j < 400; ++j) {
        double square = 0.0;
        for (std::size_t c = 0; c < all->cols(); ++c)
          square += std::pow(double{(*all)(i, c)} - double{(*all)(j, c)}, 2);
        if (square < best) {
          best = square;
          nearest = j;
        }
      }
      kept += nearest % 5 == i % 5 ? 1U : 0U;
    }
    EXPECT_EQ(kept, 40U);
    for (const int threads : {1, 3}) {
      set_thread_count(threads);
      const auto again = tsne_transform(*model, fresh);
      ASSERT_OK(again);
      EXPECT_TRUE(same_bytes(*again, *all));
    }
    set_thread_count(0);
    TsneModel indexed = *model;
    const auto index = build_neighbor_index(model->points, options.metric);
    ASSERT_OK(index);
    indexed.index = *index;
    const auto read = TsneModel::from_arrays(indexed.to_arrays());
    ASSERT_OK(read);
    EXPECT_TRUE(read->index.has_value());
    const auto later = tsne_transform(*read, fresh);
    ASSERT_OK(later);
    EXPECT_TRUE(same_bytes(*later, *all));
  }
}

TEST(TsneTransform, APointFarAwayHasAPlace) {
  const MatrixF points = clustered_points(100, 4, 3);
  const auto model = fit_tsne(SharedMatrix<float>::borrow(points), quick_options());
  ASSERT_OK(model);
  MatrixF far(1, 4);
  for (std::size_t j = 0; j < 4; ++j) far(0, j) = 1e6F;
  const auto place = tsne_transform(*model, far);
  ASSERT_OK(place);
  EXPECT_TRUE(std::isfinite((*place)(0, 0)));
}

TEST(Tsne, RefusesWhatItCannotUse) {
  const MatrixF points = normal_points(30, 3, 1.0, 8);
  const auto refused = [&](auto change) {
    TsneOptions options;
    change(options);
    const auto result = fit_tsne(SharedMatrix<float>::borrow(points), options);
    EXPECT_EQ(result.status().code(), ErrorCode::invalid_argument);
    return result.status().message();
  };
  EXPECT_THAT(refused([](auto& o) { o.n_components = 4; }), HasSubstr("n_components is 4"));
  EXPECT_THAT(refused([](auto& o) { o.perplexity = 0.5; }), HasSubstr("perplexity is 0.5"));
  EXPECT_THAT(refused([](auto& o) { o.perplexity = std::nan(""); }), HasSubstr("perplexity"));
  EXPECT_THAT(refused([](auto& o) { o.early_exaggeration = 0.0; }), HasSubstr("early_exaggeration"));
  EXPECT_THAT(refused([](auto& o) { o.learning_rate = 0.0; }), HasSubstr("learning_rate"));
  EXPECT_THAT(refused([](auto& o) { o.n_iter = -1; }), HasSubstr("n_iter"));
  EXPECT_THAT(refused([](auto& o) { o.angle = 1.5; }), HasSubstr("angle"));
  EXPECT_THAT(refused([](auto& o) {
                o.n_components = 3;
                o.method = TsneMethod::interpolation;
              }),
              HasSubstr("barnes_hut"));
  MatrixF broken = points.clone();
  broken(12, 1) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(fit_tsne(SharedMatrix<float>::borrow(broken), {}).status().message(), HasSubstr("row 12"));
  EXPECT_FALSE(fit_tsne(MatrixF(1, 3), {}).is_ok());

  TsneOptions options = quick_options();
  options.n_iter = 5;
  const auto model = fit_tsne(SharedMatrix<float>::borrow(points), options);
  ASSERT_OK(model);
  EXPECT_THAT(tsne_transform(*model, broken).status().message(), HasSubstr("row 12"));
  EXPECT_FALSE(tsne_transform(*model, MatrixF(2, 4)).is_ok());
  NeighborLists wrong = {MatrixI(30, 2), MatrixF(30, 2)};
  wrong.indices(4, 1) = 30;
  EXPECT_FALSE(fit_tsne(SharedMatrix<float>::borrow(points), options, &wrong).is_ok());
  EXPECT_FALSE(tsne_transform(*model, points, &wrong).is_ok());

  EXPECT_FALSE(TsneModel::from_arrays(NamedArrays("umap", 1)).is_ok());
  EXPECT_EQ(TsneModel::from_arrays(NamedArrays("tsne", 2)).status().code(), ErrorCode::unsupported);
  NamedArrays damaged = model->to_arrays();
  damaged.set_text("perplexity", "many");
  EXPECT_EQ(TsneModel::from_arrays(damaged).status().code(), ErrorCode::corrupt);
  damaged = model->to_arrays();
  damaged.add("embedding", SharedMatrix<float>(MatrixF(29, 2)));
  EXPECT_EQ(TsneModel::from_arrays(damaged).status().code(), ErrorCode::corrupt);
}

class Impatient : public Progress {
 public:
  bool cancelled() override { return true; }
};

TEST(Tsne, CanBeCancelled) {
  Impatient impatient;
  const auto result = fit_tsne(normal_points(30, 3, 1.0, 8), {}, nullptr, impatient);
  EXPECT_EQ(result.status().code(), ErrorCode::cancelled);
}

}  // namespace
}  // namespace clipcluster
