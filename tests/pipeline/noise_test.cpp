// Noise from a fit to its answers, on rows of a matrix.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "clipcluster/parallel.h"
#include "clipcluster/pipeline.h"
#include "clipcluster/project_noise.h"
#include "clipcluster/random.h"
#include "pipeline/blank.h"
#include "pipeline/stored_noise.h"
#include "support/support.h"

namespace clipcluster::testing {
namespace {

using ::testing::HasSubstr;

// Six kinds in directions of their own; every fifth row is a mixture of two kinds.
MatrixF mixed_rows(std::size_t rows, std::uint64_t seed) {
  const CounterRandom random(seed, "mixed rows");
  MatrixF points(rows, 8);
  for (std::size_t i = 0; i < rows; ++i) {
    const bool mixture = i % 5 == 4;
    for (std::size_t j = 0; j < 8; ++j) {
      const double kind = j == i % 6 || (mixture && j == (i / 6) % 6) ? 5.0 : 0.0;
      points(i, j) = static_cast<float>(kind + (mixture ? 1.2 : 0.3) * random.normal(i, j));
    }
  }
  return points;
}

FitOptions options_with(const std::string& noise) {
  FitOptions options;
  options.reducer = Reducer::pca;  // exact, and quick
  options.pca.n_components = 5;
  options.min_cluster_size = 8;
  options.noise = parse_noise_options(noise).value();
  return options;
}

std::size_t count(const RunSummary& summary, Tier tier) {
  const auto found = summary.noise_figures.tiers.find(tier_name(tier));
  return found == summary.noise_figures.tiers.end() ? 0 : found->second;
}

TEST(ProjectNoise, EveryPolicyIsStoredAndShown) {
  const MatrixF rows = mixed_rows(400, 1);
  const TemporaryFolder folder;
  std::size_t kept = 0;
  for (const char* policy : {"keep", "nearest", "soft", "target=0.03", "target=0", "target=1"}) {
    SCOPED_TRACE(policy);
    const auto summary = fit_embeddings(folder.file("p"), rows, {}, options_with(policy));
    ASSERT_OK(summary);
    EXPECT_FALSE(summary->fit_reused);
    EXPECT_EQ(summary->noise, count(*summary, Tier::other));
    const auto noise = project_noise(folder.file("p"));
    ASSERT_OK(noise);
    EXPECT_EQ(noise_options_text(noise->rule.options), policy);
    EXPECT_EQ(noise->images.size(), count(*summary, Tier::other) + count(*summary, Tier::assigned));
    for (const NoiseImage& image : noise->images) {
      EXPECT_NE(image.reason, NoiseReason::none);
      EXPECT_EQ(image.nearest_clusters.size(), kNearestClusters);
      EXPECT_EQ(image.label >= 0, image.probability > 0.0);
    }
    if (std::string(policy) == "keep") kept = summary->noise;
    ASSERT_GT(kept, 10U);
    EXPECT_EQ(noise->images.size(), kept);
    if (std::string(policy) == "target=1") {
      EXPECT_EQ(summary->noise, kept);
    }
    if (std::string(policy) == "target=0") {
      EXPECT_EQ(summary->noise, 0U);
    }
    if (std::string(policy) == "target=0.03") {
      EXPECT_LE(summary->noise, 12U);
    }
    if (std::string(policy) == "nearest") {
      const auto unlike = summary->noise_figures.reasons.find("unlike");
      EXPECT_EQ(summary->noise, unlike == summary->noise_figures.reasons.end() ? 0 : unlike->second);
    }
    const auto again = fit_embeddings(folder.file("p"), rows, {}, options_with(policy));
    ASSERT_OK(again);
    EXPECT_TRUE(again->fit_reused);
    EXPECT_EQ(again->noise_figures.tiers, summary->noise_figures.tiers);
    EXPECT_EQ(again->noise_figures.reasons, summary->noise_figures.reasons);
  }
}

void expect_same(const Assignment& a, const Assignment& b) {
  EXPECT_EQ(a.label, b.label);
  EXPECT_EQ(a.probability, b.probability);
  EXPECT_EQ(a.tier, b.tier);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.sureness, b.sureness);
  ASSERT_EQ(a.nearest_clusters.size(), b.nearest_clusters.size());
  for (std::size_t i = 0; i < a.nearest_clusters.size(); ++i) {
    EXPECT_EQ(a.nearest_clusters[i].label, b.nearest_clusters[i].label);
    EXPECT_EQ(a.nearest_clusters[i].distance, b.nearest_clusters[i].distance);
  }
}

TEST(ProjectNoise, NewRowsAreJudgedByTheStoredRuleAloneAndTogether) {
  const TemporaryFolder folder;
  const MatrixF fresh = mixed_rows(600, 2);
  for (const char* policy : {"nearest", "soft", "target=0.03"}) {
    SCOPED_TRACE(policy);
    ASSERT_OK(fit_embeddings(folder.file("p"), mixed_rows(400, 1), {}, options_with(policy)));
    const auto assigner = Assigner::open(folder.file("p"));
    ASSERT_OK(assigner);
    set_thread_count(1);
    const auto reference = assigner->assign_vectors(fresh);
    ASSERT_OK(reference);
    set_thread_count(4);
    const auto batch = assigner->assign_vectors(fresh);
    ASSERT_OK(batch);
    set_thread_count(0);
    std::size_t assigned = 0;
    std::size_t other = 0;
    for (std::size_t i = 0; i < fresh.rows(); ++i) {
      expect_same((*reference)[i], (*batch)[i]);
      const Assignment& answer = (*reference)[i];
      EXPECT_EQ(answer.tier == Tier::other, answer.label < 0);
      EXPECT_EQ(answer.reason == NoiseReason::none,
                answer.tier == Tier::core || answer.tier == Tier::member);
      assigned += answer.tier == Tier::assigned ? 1U : 0U;
      other += answer.tier == Tier::other ? 1U : 0U;
      if (i % 7 != 0) continue;
      const auto alone = assigner->assign_vectors(fresh.view().rows_between(i, i + 1));
      ASSERT_OK(alone);
      expect_same((*alone)[0], answer);
    }
    EXPECT_GT(assigned + other, 10U);
    if (std::string(policy) == "target=0.03") {
      EXPECT_GT(assigned, 10U);
      EXPECT_LT(other, 600 * 8 / 100);
    }
  }
}

// A layout holds its fitted rows closer together than it places new ones. These follow their neighbours, so
// that no more of them are noise than of fitted ones.
TEST(ProjectNoise, NewRowsInALayoutFollowTheirNeighbors) {
  const TemporaryFolder folder;
  FitOptions options = options_with("keep");
  options.reducer = Reducer::umap;
  const auto summary = fit_embeddings(folder.file("p"), mixed_rows(600, 1), {}, options);
  ASSERT_OK(summary);
  const auto assigner = Assigner::open(folder.file("p"));
  ASSERT_OK(assigner);
  const MatrixF fresh = mixed_rows(600, 2);
  const auto answers = assigner->assign_vectors(fresh);
  ASSERT_OK(answers);
  std::size_t noise = 0;
  for (std::size_t i = 0; i < fresh.rows(); ++i) {
    const Assignment& answer = (*answers)[i];
    noise += answer.label < 0 ? 1U : 0U;
    EXPECT_EQ(answer.reason == NoiseReason::none, answer.label >= 0);
    EXPECT_EQ(answer.nearest_clusters.empty(), answer.label >= 0);
    EXPECT_GE(answer.probability, 0.0);
    EXPECT_LE(answer.probability, 1.0);
    const auto alone = assigner->assign_vectors(fresh.view().rows_between(i, i + 1));
    ASSERT_OK(alone);
    expect_same((*alone)[0], answer);
  }
  EXPECT_LE(noise, summary->noise + 600 / 20);
}

// Training rows by their hash; the same rows a hair's breadth longer are not known, but at distance 0.
TEST(ProjectNoise, TrainingAndHeldOutRowsKeepWhatWasSaid) {
  const TemporaryFolder folder;
  const MatrixF rows = mixed_rows(400, 1);
  FitOptions options = options_with("target=0.03");
  options.test_fraction = 0.2;
  const auto summary = fit_embeddings(folder.file("p"), rows, {}, options);
  ASSERT_OK(summary);
  ASSERT_TRUE(summary->split.has_value());
  EXPECT_LT(summary->split->held_out_noise_share, 0.1);
  const auto assigner = Assigner::open(folder.file("p"));
  ASSERT_OK(assigner);
  const auto answers = assigner->assign_vectors(rows);
  ASSERT_OK(answers);
  const auto input = make_report_input(folder.file("p"));
  ASSERT_OK(input);
  ASSERT_EQ(input->images.size(), 400U);
  for (const ReportImage& image : input->images) {
    const Assignment& answer = (*answers)[static_cast<std::size_t>(std::stoi(image.path.substr(4)))];
    EXPECT_TRUE(answer.known);
    EXPECT_EQ(answer.label, image.label);
    EXPECT_EQ(answer.tier, image.tier);
    EXPECT_EQ(answer.reason, image.reason);
    EXPECT_EQ(static_cast<float>(answer.probability), image.probability);
    ASSERT_EQ(answer.nearest_clusters.size(), image.nearest_clusters.size());
    for (std::size_t i = 0; i < image.nearest_clusters.size(); ++i)
      EXPECT_EQ(answer.nearest_clusters[i].label, image.nearest_clusters[i]);
  }
}

TEST(ProjectNoise, TheSameAtAnyThreadCount) {
  const MatrixF rows = mixed_rows(400, 1);
  std::vector<NoiseImage> reference;
  for (const int threads : {1, 2, 4}) {
    set_thread_count(threads);
    const TemporaryFolder folder;
    ASSERT_OK(fit_embeddings(folder.file("p"), rows, {}, options_with("target=0.03")));
    const auto noise = project_noise(folder.file("p"));
    ASSERT_OK(noise);
    if (reference.empty()) reference = noise->images;
    ASSERT_EQ(noise->images.size(), reference.size());
    for (std::size_t i = 0; i < reference.size(); ++i) {
      EXPECT_EQ(noise->images[i].path, reference[i].path);
      EXPECT_EQ(noise->images[i].sureness, reference[i].sureness);
      EXPECT_EQ(noise->images[i].reason, reference[i].reason);
      EXPECT_EQ(noise->images[i].probability, reference[i].probability);
    }
  }
  set_thread_count(0);
}

TEST(ProjectNoise, FewRowsAndNoClustersAreAllOther) {
  for (const std::size_t rows : {1U, 2U, 3U, 7U}) {
    const TemporaryFolder folder;
    const auto summary =
        fit_embeddings(folder.file("p"), mixed_rows(rows, 1), {}, options_with("target=0"));
    ASSERT_OK(summary);
    EXPECT_EQ(summary->clusters, 0U);
    EXPECT_EQ(count(*summary, Tier::other), rows);
    EXPECT_EQ(summary->noise_figures.reasons.at("thin") + (summary->noise_figures.reasons.contains("unlike")
                                                               ? summary->noise_figures.reasons.at("unlike")
                                                               : 0U),
              rows);
    const auto assigner = Assigner::open(folder.file("p"));
    ASSERT_OK(assigner);
    const auto answers = assigner->assign_vectors(mixed_rows(3, 9));
    ASSERT_OK(answers);
    EXPECT_EQ((*answers)[2].tier, Tier::other);
    EXPECT_EQ((*answers)[2].label, -1);
  }
}

TEST(ProjectNoise, ABadTargetIsRefused) {
  const TemporaryFolder folder;
  FitOptions options = options_with("target=0.5");
  options.noise.target = 2.0;
  EXPECT_THAT(fit_embeddings(folder.file("p"), mixed_rows(40, 1), {}, options).status().message(),
              HasSubstr("the target of the noise is 2"));
}

internal::StoredNoise some_noise() {
  internal::StoredNoise noise;
  noise.rule.options = {NoisePolicy::target, 0.25};
  noise.rule.core_probability = {0.5, 0.75};
  noise.rule.assigned_probability = {0.25, 0.5};
  noise.rule.reach = 2.0;
  noise.rule.neighbors = 5;
  noise.rule.least_neighbor_share = 0.4;
  noise.tiers = {Tier::core, Tier::other, Tier::assigned};
  noise.place = {-1, 0, 1};
  noise.noise = {{1, NoiseReason::unlike, 0.5, {{0, 1, -1}, {1.0, 2.0, 3.0}, 4.0}},
                 {2, NoiseReason::between, 0.25, {{1, -1, -1}, {1.0, 2.0, 3.0}, 0.0}}};
  noise.groups = {{{2, 1}, 0.5}};
  return noise;
}

TEST(StoredNoise, IsReadBackAndRefusedWhereItDoesNotFit) {
  ProjectFitArrays arrays;
  const auto none = internal::stored_noise(arrays, 3, 2);
  ASSERT_OK(none);
  EXPECT_FALSE(none->has_value());
  arrays.noise = internal::to_arrays(some_noise());
  const auto read = internal::stored_noise(arrays, 3, 2);
  ASSERT_OK(read);
  ASSERT_TRUE(read->has_value());
  const internal::StoredNoise& noise = **read;
  EXPECT_EQ(noise.tiers, some_noise().tiers);
  EXPECT_EQ(noise.place, some_noise().place);
  EXPECT_EQ(noise.rule.options.target, 0.25);
  EXPECT_EQ(noise.rule.least_neighbor_share, 0.4);
  EXPECT_EQ(noise.noise[0].nearest.distances[1], 2.0);
  EXPECT_EQ(noise.noise[0].nearest.gap, 4.0);
  EXPECT_EQ(noise.noise[1].reason, NoiseReason::between);
  EXPECT_EQ(noise.noise_point(0), nullptr);
  EXPECT_EQ(noise.noise_point(2)->sureness, 0.25);
  EXPECT_EQ(noise.groups[0].rows, (std::vector<std::int32_t>{2, 1}));
  EXPECT_FALSE(internal::stored_noise(arrays, 4, 2).is_ok());
  EXPECT_FALSE(internal::stored_noise(arrays, 3, 1).is_ok());
  internal::StoredNoise wrong = some_noise();
  wrong.noise[1].point = 7;
  arrays.noise = internal::to_arrays(wrong);
  EXPECT_FALSE(internal::stored_noise(arrays, 3, 2).is_ok());
}

Image plain_picture(std::uint8_t level) {
  Image image{120, 90, {}};
  image.rgb.assign(120U * 90U * 3U, level);
  return image;
}

TEST(Blank, PlainPicturesWithOrWithoutASpeckAreBlank) {
  for (const int level : {0, 90, 255}) {
    Image image = plain_picture(static_cast<std::uint8_t>(level));
    EXPECT_TRUE(internal::is_blank(image));
    const auto jpeg = encode_jpeg(image, 85);
    ASSERT_OK(jpeg);
    EXPECT_TRUE(internal::is_blank_thumbnail(*jpeg));
    for (int y = 40; y < 45; ++y) {
      for (int x = 60; x < 65; ++x)
        image.rgb[static_cast<std::size_t>((y * 120 + x) * 3)] = level > 128 ? 0 : 255;
    }
    EXPECT_TRUE(internal::is_blank(image));
  }
  EXPECT_FALSE(internal::is_blank_thumbnail({}));
}

TEST(Blank, PicturesOfSomethingAreNot) {
  Image image = plain_picture(255);
  for (int y = 20; y < 40; ++y) {
    for (int x = 20; x < 50; ++x) image.rgb[static_cast<std::size_t>((y * 120 + x) * 3 + 1)] = 0;
  }
  EXPECT_FALSE(internal::is_blank(image));
  Image gradient = plain_picture(0);
  for (std::size_t i = 0; i < gradient.rgb.size(); ++i)
    gradient.rgb[i] = static_cast<std::uint8_t>(i / 3 % 120);
  EXPECT_FALSE(internal::is_blank(gradient));
}

}  // namespace
}  // namespace clipcluster::testing
