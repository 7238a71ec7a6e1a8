// Names from planted vectors: a cluster lies along the direction of its name.
#include "clipcluster/naming.h"

#include <gmock/gmock.h>

#include <cmath>

#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t kColumns = 64;

void make_unit(std::span<float> row) {
  double squares = 0.0;
  for (const float x : row) squares += static_cast<double>(x) * x;
  for (float& x : row) x = static_cast<float>(x / std::sqrt(squares));
}

// Name v is the axis v, leaning towards axis 0, which every image leans to as well: name 0 is near to
// everything.
MatrixF planted_names(std::size_t count) {
  MatrixF names(count, kColumns);
  for (std::size_t v = 0; v < count; ++v) {
    names(v, v) = 1.0F;
    names(v, 0) += 0.3F;
    make_unit(names.view().row_span(v));
  }
  return names;
}

struct Planted {
  MatrixF images;
  std::vector<std::int32_t> labels;
  std::vector<double> weights;
};

// Images of cluster k lie along axis k + 1, with noise; label -1 has no direction of its own.
Planted planted_images(const std::vector<std::int32_t>& labels, const std::vector<std::size_t>& axes) {
  Planted planted{MatrixF(labels.size(), kColumns), labels, std::vector<double>(labels.size(), 0.9)};
  const CounterRandom random(7, "planted images");
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (std::size_t j = 0; j < kColumns; ++j)
      planted.images(i, j) = static_cast<float>(0.25 * random.normal(i, j));
    planted.images(i, 0) += 2.0F;
    if (labels[i] >= 0) planted.images(i, axes[static_cast<std::size_t>(labels[i])]) += 1.0F;
    make_unit(planted.images.view().row_span(i));
  }
  return planted;
}

std::vector<std::int32_t> labels_of(const std::vector<std::pair<std::int32_t, int>>& counts) {
  std::vector<std::int32_t> labels;
  for (const auto& [label, count] : counts)
    labels.insert(labels.end(), static_cast<std::size_t>(count), label);
  return labels;
}

std::vector<ClusterNaming> names_for(const Planted& planted, std::size_t clusters, const MatrixF& names,
                                     const NamingOptions& options = {}) {
  auto result = name_clusters(planted.images, planted.labels, planted.weights, clusters, names, options);
  EXPECT_OK(result);
  return result.is_ok() ? std::move(result).value() : std::vector<ClusterNaming>(clusters);
}

std::vector<std::int32_t> given(const std::vector<ClusterNaming>& namings) {
  std::vector<std::int32_t> names;
  for (const ClusterNaming& naming : namings) names.push_back(naming.name);
  return names;
}

TEST(NameClusters, FindsTheDirectionOfEachClusterAndNotTheNameThatIsNearToAll) {
  const Planted planted = planted_images(labels_of({{0, 60}, {1, 200}, {2, 30}, {-1, 50}}), {3, 5, 9});
  const auto namings = names_for(planted, 3, planted_names(12));
  EXPECT_THAT(given(namings), ElementsAre(3, 5, 9));
  for (const ClusterNaming& naming : namings) {
    EXPECT_FALSE(naming.weak);
    EXPECT_GT(naming.score, 1.0);
    EXPECT_GT(naming.z, 3.0);
    EXPECT_GT(naming.sense, 3.0);
    EXPECT_GT(naming.margin, 0.0);
    ASSERT_EQ(naming.candidates.size(), 5U);
    EXPECT_EQ(naming.candidates.front().name, naming.name);
    EXPECT_GE(naming.candidates[0].score, naming.candidates[1].score);
    EXPECT_NE(naming.candidates.front().name, 0);
  }
}

TEST(NameClusters, TwoClustersOfOneKindGetTwoNamesAndTheSecondIsWeak) {
  const Planted planted = planted_images(labels_of({{0, 80}, {1, 80}, {2, 80}, {3, 80}}), {3, 3, 6, 8});
  const auto namings = names_for(planted, 4, planted_names(12));
  EXPECT_NE(namings[0].name, namings[1].name);
  EXPECT_TRUE(namings[0].name == 3 || namings[1].name == 3);
  EXPECT_TRUE((namings[0].name == 3 ? namings[1] : namings[0]).weak);
  EXPECT_EQ(namings[2].name, 6);
  EXPECT_EQ(namings[3].name, 8);
}

// A model whose words have nothing to do with its pictures: the clusters are real, the names are not.
TEST(NameClusters, WordsThatSayNothingOfTheImagesAreWeak) {
  const Planted planted = planted_images(labels_of({{0, 90}, {1, 90}, {2, 90}, {3, 90}}), {3, 5, 9, 11});
  MatrixF names(200, kColumns);
  const CounterRandom random(11, "meaningless names");
  for (std::size_t v = 0; v < names.rows(); ++v) {
    for (std::size_t j = 0; j < kColumns; ++j) names(v, j) = static_cast<float>(random.normal(v, j));
    make_unit(names.view().row_span(v));
  }
  for (const ClusterNaming& naming : names_for(planted, 4, names)) {
    EXPECT_GT(naming.z, 3.0);
    EXPECT_LT(naming.sense, 3.0);
    EXPECT_TRUE(naming.weak);
  }
}

TEST(NameClusters, ClustersDealtByChanceHaveWeakNames) {
  Planted planted = planted_images(labels_of({{-1, 400}}), {});
  for (std::size_t i = 0; i < planted.labels.size(); ++i)
    planted.labels[i] = static_cast<std::int32_t>(i % 4);
  for (const ClusterNaming& naming : names_for(planted, 4, planted_names(12))) {
    EXPECT_TRUE(naming.weak);
    EXPECT_LT(naming.z, 3.0);
  }
}

TEST(NameClusters, SureMembersDecide) {
  Planted planted = planted_images(labels_of({{0, 40}, {1, 40}, {0, 60}}), {3, 5});
  for (std::size_t i = 80; i < 140; ++i) {  // of cluster 0, but like cluster 1, and hardly sure of it
    std::copy(planted.images.row(40 + i % 40), planted.images.row(40 + i % 40) + kColumns,
              planted.images.row(i));
    planted.weights[i] = 0.001;
  }
  EXPECT_THAT(given(names_for(planted, 2, planted_names(12))), ElementsAre(3, 5));
}

TEST(NameClusters, NamesThatAreTakenAndClustersThatAreNamedStay) {
  const Planted planted = planted_images(labels_of({{0, 60}, {1, 60}}), {3, 5});
  NamingOptions options;
  options.taken.assign(12, false);
  options.taken[3] = true;
  options.named = {false, true};
  const auto namings = names_for(planted, 2, planted_names(12), options);
  EXPECT_NE(namings[0].name, 3);
  EXPECT_GE(namings[0].name, 0);
  EXPECT_EQ(namings[0].candidates.front().name, 3);
  EXPECT_EQ(namings[1].name, -1);
  EXPECT_EQ(namings[1].candidates.front().name, 5);
}

TEST(NameClusters, MoreClustersThanNames) {
  const Planted planted = planted_images(labels_of({{0, 50}, {1, 50}, {2, 50}}), {1, 3, 5});
  const auto namings = names_for(planted, 3, planted_names(2));
  EXPECT_EQ(std::count_if(namings.begin(), namings.end(), [](const auto& n) { return n.name >= 0; }), 2);
  EXPECT_EQ(namings[0].candidates.size(), 2U);
}

TEST(NameClusters, OneClusterAloneHasNothingToBeToldFrom) {
  const Planted planted = planted_images(labels_of({{0, 50}}), {3});
  const auto namings = names_for(planted, 1, planted_names(12));
  EXPECT_GE(namings[0].name, 0);
  EXPECT_TRUE(namings[0].weak);
  EXPECT_EQ(namings[0].score, 0.0);
  EXPECT_TRUE(names_for(planted_images(labels_of({{-1, 9}}), {}), 0, planted_names(3)).empty());
}

TEST(NameClusters, SameAnswerAtAnyThreadCount) {
  const Planted planted = planted_images(labels_of({{0, 1500}, {1, 2200}, {-1, 70}}), {3, 5});
  const MatrixF names = planted_names(20);
  std::vector<std::vector<double>> answers;
  for (const int threads : {1, 2, 4}) {
    set_thread_count(threads);
    std::vector<double> numbers;
    for (const ClusterNaming& naming : names_for(planted, 2, names)) {
      numbers.insert(numbers.end(), {naming.score, naming.margin, naming.z});
      for (const NameCandidate& candidate : naming.candidates)
        numbers.insert(numbers.end(), {candidate.score, candidate.similarity});
    }
    answers.push_back(numbers);
  }
  set_thread_count(0);
  EXPECT_EQ(answers[0], answers[1]);
  EXPECT_EQ(answers[0], answers[2]);
}

TEST(NameClusters, SaysWhatDoesNotFit) {
  const Planted planted = planted_images(labels_of({{0, 5}, {1, 5}}), {3, 5});
  const auto message = [&](std::size_t clusters, const MatrixF& names) {
    return name_clusters(planted.images, planted.labels, planted.weights, clusters, names)
        .status()
        .message();
  };
  EXPECT_THAT(message(2, MatrixF(3, 7)), HasSubstr("one model"));
  EXPECT_THAT(message(2, MatrixF(0, kColumns)), HasSubstr("no name"));
  EXPECT_THAT(message(1, planted_names(3)), HasSubstr("label 1"));
}

std::string problem_of(std::string_view text) {
  const auto parsed = parse_vocabulary(text, "words.txt");
  EXPECT_FALSE(parsed.is_ok());
  return parsed.is_ok() ? "" : parsed.status().message();
}

TEST(Vocabulary, OneNameALine) {
  const auto parsed =
      parse_vocabulary("\xEF\xBB\xBF# kinds\r\n cat \r\n\ndog\ncat\nK\xC3\xA4se", "words.txt");
  ASSERT_OK(parsed);
  EXPECT_THAT(*parsed, ElementsAre("cat", "dog", "K\xC3\xA4se"));
}

TEST(Vocabulary, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(problem_of(""), HasSubstr("words.txt holds no name"));
  EXPECT_THAT(problem_of("# nothing\n\n"), HasSubstr("holds no name"));
  EXPECT_THAT(problem_of("cat\nK\xE4se\n"), HasSubstr("line 2 of words.txt is not UTF-8"));
  EXPECT_THAT(problem_of("\xED\xA0\x80"), HasSubstr("not UTF-8"));  // half of a surrogate pair
  EXPECT_THAT(problem_of("cat\xC3"), HasSubstr("not UTF-8"));
  EXPECT_THAT(problem_of("cat\n" + std::string(201, 'x')), HasSubstr("line 2 of words.txt has 201 bytes"));
  EXPECT_THAT(problem_of(std::string_view("a\0b", 3)), HasSubstr("control character"));
}

TEST(Vocabulary, TheBuiltInOneIsWhole) {
  EXPECT_GT(built_in_vocabulary().size(), 1400U);
  EXPECT_THAT(built_in_vocabulary(),
              ::testing::IsSupersetOf({"meme", "screenshot", "cat", "chart", "selfie"}));
}

TEST(Prompts, TheNameTakesThePlaceAndTheArticleFollows) {
  EXPECT_EQ(fill_prompt("a photo of a {}", "cat"), "a photo of a cat");
  EXPECT_EQ(fill_prompt("a photo of a {}.", "owl"), "a photo of an owl.");
  EXPECT_EQ(fill_prompt("a {}", "owl"), "an owl");
  EXPECT_EQ(fill_prompt("{}", "owl"), "owl");
  EXPECT_EQ(fill_prompt("pizza {}", "owl"), "pizza owl");
  EXPECT_OK(check_prompt_template("{}"));
  EXPECT_FALSE(check_prompt_template("a photo").is_ok());
  EXPECT_FALSE(check_prompt_template("{} and {}").is_ok());
}

TEST(Prompts, MeansAreUnitVectors) {
  MatrixF vectors(4, 2);
  vectors(0, 0) = 1.0F;
  vectors(1, 1) = 1.0F;
  vectors(2, 0) = -1.0F;
  vectors(3, 0) = -1.0F;
  const MatrixF means = average_prompts(vectors, 2);
  ASSERT_EQ(means.rows(), 2U);
  EXPECT_FLOAT_EQ(means(0, 0), std::sqrt(0.5F));
  EXPECT_FLOAT_EQ(means(0, 1), std::sqrt(0.5F));
  EXPECT_FLOAT_EQ(means(1, 0), -1.0F);
}

}  // namespace
}  // namespace clipcluster
