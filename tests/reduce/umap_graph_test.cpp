#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>

#include "clipcluster/parallel.h"
#include "reduce/umap/components.h"
#include "reduce/umap/fuzzy_graph.h"
#include "reduce/umap/smooth_distances.h"

namespace clipcluster::umap {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr double kTolerance = 1e-5;

struct OracleCase {
  std::string name;
  double local_connectivity = 1.0;
  double mix = 1.0;
  MatrixI indices;
  MatrixF distances;
  std::vector<SmoothDistance> smooth;
  std::map<std::pair<int, int>, float> edges;
};

// Written by data/make_umap_oracle.py.
std::vector<OracleCase> read_oracle() {
  std::ifstream file(std::string(CLIPCLUSTER_SOURCE_DIR) + "/tests/reduce/data/umap_oracle.txt");
  std::vector<OracleCase> cases;
  std::string word;
  while (file >> word) {
    OracleCase one;
    std::size_t n = 0, k = 0, edges = 0;
    file >> one.name >> n >> k >> one.local_connectivity >> one.mix;
    one.indices = MatrixI(n, k);
    one.distances = MatrixF(n, k);
    one.smooth.resize(n);
    for (std::size_t i = 0; i < n * k; ++i) file >> one.indices.data()[i];
    for (std::size_t i = 0; i < n * k; ++i) file >> one.distances.data()[i];
    for (SmoothDistance& smooth : one.smooth) file >> smooth.sigma >> smooth.rho;
    file >> word >> edges;
    for (std::size_t e = 0; e < edges; ++e) {
      int row = 0, column = 0;
      float weight = 0.0F;
      file >> row >> column >> weight;
      one.edges[{row, column}] = weight;
    }
    cases.push_back(std::move(one));
  }
  return cases;
}

FuzzyGraph graph_of(const OracleCase& one) {
  return fuzzy_graph(one.indices, one.distances, one.local_connectivity, one.mix, kInfinity);
}

TEST(UmapGraph, SigmaAndRhoEqualUmapLearn) {
  const std::vector<OracleCase> cases = read_oracle();
  ASSERT_EQ(cases.size(), 8U);
  for (const OracleCase& one : cases) {
    const auto smooth = smooth_distances(one.distances, one.local_connectivity);
    for (std::size_t i = 0; i < smooth.size(); ++i) {
      EXPECT_NEAR(smooth[i].rho, one.smooth[i].rho, kTolerance) << one.name << " " << i;
      EXPECT_NEAR(smooth[i].sigma, one.smooth[i].sigma, kTolerance) << one.name << " " << i;
    }
  }
}

TEST(UmapGraph, WeightsEqualUmapLearn) {
  for (const OracleCase& one : read_oracle()) {
    const FuzzyGraph graph = graph_of(one);
    ASSERT_EQ(graph.targets.size(), one.edges.size()) << one.name;
    for (std::size_t i = 0; i < graph.vertices(); ++i) {
      for (std::size_t e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e) {
        const auto found = one.edges.find({static_cast<int>(i), graph.targets[e]});
        ASSERT_NE(found, one.edges.end()) << one.name << " " << i << " " << graph.targets[e];
        EXPECT_NEAR(graph.weights[e], found->second, kTolerance) << one.name << " " << i;
      }
    }
  }
}

TEST(UmapGraph, IsSymmetricToTheBitAndSorted) {
  for (const OracleCase& one : read_oracle()) {
    const FuzzyGraph graph = graph_of(one);
    std::map<std::pair<std::int32_t, std::int32_t>, float> edges;
    for (std::size_t i = 0; i < graph.vertices(); ++i) {
      for (std::size_t e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e) {
        edges[{static_cast<std::int32_t>(i), graph.targets[e]}] = graph.weights[e];
        EXPECT_NE(static_cast<std::size_t>(graph.targets[e]), i);
        if (e > graph.offsets[i]) {
          EXPECT_LT(graph.targets[e - 1], graph.targets[e]);
        }
      }
    }
    for (const auto& [ends, weight] : edges) EXPECT_EQ(edges.at({ends.second, ends.first}), weight);
  }
}

TEST(UmapGraph, SameBytesAtAnyThreadCount) {
  const std::vector<OracleCase> cases = read_oracle();
  set_thread_count(1);
  const FuzzyGraph one = graph_of(cases[0]);
  set_thread_count(4);
  const FuzzyGraph four = graph_of(cases[0]);
  set_thread_count(0);
  EXPECT_EQ(one.targets, four.targets);
  EXPECT_EQ(one.weights, four.weights);
}

TEST(UmapGraph, FarAndMissingNeighboursAreNone) {
  MatrixI indices(3, 3);
  MatrixF distances(3, 3);
  const int ids[] = {0, 1, 2, 1, 0, 2, 2, 0, -1};
  const float lengths[] = {0, 0.5F, 2, 0, 0.5F, 2, 0, 2, 2};
  std::copy_n(ids, 9, indices.data());
  std::copy_n(lengths, 9, distances.data());
  const FuzzyGraph graph =
      fuzzy_graph(indices, distances, 1.0, 1.0, disconnection_distance(Metric::cosine));
  EXPECT_EQ(graph.targets, (std::vector<std::int32_t>{1, 0}));
  EXPECT_EQ(graph.weights, (std::vector<float>{1.0F, 1.0F}));
  EXPECT_EQ(graph.offsets[2], graph.offsets[3]);  // vertex 2 is alone
}

TEST(UmapGraph, WeakEdgesGo) {
  FuzzyGraph graph;
  graph.offsets = {0, 2, 3, 4};
  graph.targets = {1, 2, 0, 0};
  graph.weights = {1.0F, 0.0049F, 1.0F, 0.0049F};
  const FuzzyGraph kept = without_weak_edges(graph, 200);
  EXPECT_EQ(kept.offsets, (std::vector<std::size_t>{0, 1, 2, 2}));
  EXPECT_EQ(kept.targets, (std::vector<std::int32_t>{1, 0}));
  EXPECT_EQ(without_weak_edges(graph, 500).targets, graph.targets);
}

TEST(UmapGraph, ComponentsAndSubgraphs) {
  FuzzyGraph graph;  // 0 - 2, 1 - 4, 3 alone
  graph.offsets = {0, 1, 2, 3, 3, 4};
  graph.targets = {2, 4, 0, 1};
  graph.weights = {0.5F, 0.25F, 0.5F, 0.25F};
  const Components components = connected_components(graph);
  ASSERT_EQ(components.members.size(), 3U);
  EXPECT_EQ(components.members[0], (std::vector<std::int32_t>{0, 2}));
  EXPECT_EQ(components.members[1], (std::vector<std::int32_t>{1, 4}));
  EXPECT_EQ(components.members[2], (std::vector<std::int32_t>{3}));
  const FuzzyGraph part = subgraph(graph, components.members[1]);
  EXPECT_EQ(part.offsets, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(part.targets, (std::vector<std::int32_t>{1, 0}));
  EXPECT_EQ(part.weights, (std::vector<float>{0.25F, 0.25F}));
}

TEST(UmapGraph, SmoothDistanceOfOddRows) {
  // All at the same place: every neighbour counts 1, and sigma falls to its floor.
  const std::vector<float> zeros(5, 0.0F);
  const SmoothDistance same = smooth_distance(zeros, 1.0, 2.0);
  EXPECT_EQ(same.rho, 0.0F);
  EXPECT_FLOAT_EQ(same.sigma, 0.002F);
  // No neighbour at all.
  const std::vector<float> none = {0.0F, kInfinity, kInfinity};
  const SmoothDistance alone = smooth_distance(none, 1.0, 0.0);
  EXPECT_EQ(alone.rho, 0.0F);
  EXPECT_TRUE(std::isfinite(alone.sigma));
  // Fewer neighbours than local_connectivity asks for: the farthest.
  const std::vector<float> two = {0.0F, 1.0F, 3.0F};
  EXPECT_EQ(smooth_distance(two, 5.0, 1.0).rho, 3.0F);
  EXPECT_EQ(smooth_distance(two, 0.0, 1.0).rho, 0.0F);
  EXPECT_FLOAT_EQ(smooth_distance(two, 0.5, 1.0).rho, 0.5F);
}

}  // namespace
}  // namespace clipcluster::umap
