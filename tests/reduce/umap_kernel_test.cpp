#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <set>
#include <vector>

#include "clipcluster/cpu.h"
#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "reduce/umap/edge_colours.h"
#include "reduce/umap/layout.h"
#include "reduce/umap/layout_kernel.h"
#include "reduce/umap/schedule.h"

namespace clipcluster::umap {
namespace {

struct Version {
  const char* name;
  MoveEdges move;
  SettleVertex settle;
};

std::vector<Version> vector_versions() {
  std::vector<Version> versions;
#if CLIPCLUSTER_SIMD
  if (instruction_set() >= InstructionSet::avx2) versions.push_back({"avx2", move_edges_avx2, settle_avx2});
  if (instruction_set() >= InstructionSet::avx512) {
    versions.push_back({"avx512", move_edges_avx512, settle_avx512});
  }
#endif
  return versions;
}

Forces some_forces(double a, double b) {
  LayoutOptions options;
  options.curve = {a, b};
  options.learning_rate = 0.1;
  return forces_in_epoch(options, 1);
}

std::vector<float> normal_numbers(std::size_t count, const char* purpose) {
  const CounterRandom random(1, purpose);
  std::vector<float> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<float>(3 * random.normal(i));
  return numbers;
}

// `edges` edges of which no two share a vertex, between 2 edges + 3 vertices of which two are in one
// place.
struct Matching {
  Matching(std::size_t edges, std::size_t dim, std::uint32_t per_edge)
      : vertices(2 * edges + 3), stride(padded_dimensions(dim)), positions(vertices * stride, 0.0F) {
    const CounterRandom random(2, "matching");
    const std::vector<float> numbers = normal_numbers(vertices * dim, "positions");
    for (std::size_t i = 0; i < vertices; ++i) std::copy_n(&numbers[i * dim], dim, &positions[i * stride]);
    if (edges > 2) std::copy_n(&positions[4 * stride], dim, &positions[5 * stride]);
    before = positions;
    for (std::size_t e = 0; e < edges; ++e) {
      heads.push_back(static_cast<std::uint32_t>(2 * e));
      tails.push_back(static_cast<std::uint32_t>(2 * e + 1));
      rates.push_back(sampling_rate(static_cast<float>(0.01 + 0.99 * random.uniform(e)), 1.0F));
    }
    epoch.random_key = random.key();
    epoch.vertices = static_cast<std::uint32_t>(vertices);
    epoch.dim = static_cast<std::uint32_t>(dim);
    epoch.negatives_per_edge = per_edge;
    epoch.forces = some_forces(1.576944, 0.895061);
  }
  std::vector<float> moved(MoveEdges move, std::uint32_t epochs) {
    std::vector<float> result = positions;
    for (epoch.epoch = 0; epoch.epoch < epochs; ++epoch.epoch) {
      before = result;
      epoch.before = before.data();
      epoch.positions = result.data();
      const EdgeList list = {heads.data(), tails.data(), rates.data()};
      for (const bool reverse : {false, true}) {
        epoch.reverse = reverse;
        move(epoch, list, 0, heads.size() / 3);
        move(epoch, list, heads.size() / 3, heads.size());
      }
    }
    return result;
  }

  std::size_t vertices;
  std::size_t stride;
  std::vector<float> positions;
  std::vector<float> before;
  std::vector<std::uint32_t> heads;
  std::vector<std::uint32_t> tails;
  std::vector<std::uint32_t> rates;
  EdgeEpoch epoch = {};
};

TEST(UmapKernel, VectorVersionsMoveEdgesToTheSameBits) {
  for (const Version& version : vector_versions()) {
    for (const std::size_t dim : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 64}) {
      for (const std::size_t edges : {1, 7, 16, 33, 150}) {
        for (const std::uint32_t per_edge : {0U, 1U, 5U, 12U}) {
          Matching matching(edges, dim, per_edge);
          EXPECT_EQ(matching.moved(version.move, 12), matching.moved(move_edges_scalar, 12))
              << version.name << " " << dim << " " << edges << " " << per_edge;
        }
      }
    }
  }
}

double coefficient(const Forces& f, double d2, bool attracts) {
  const double curve = 1.0 + f.a * std::pow(d2, f.b);
  return attracts ? f.attraction * std::pow(d2, f.b - 1.0) / curve : f.repulsion / ((0.001 + d2) * curve);
}

// The same in double precision and with std::pow, from CounterRandom's own blocks.
std::vector<double> moved_by_definition(const Matching& matching, std::uint32_t epoch) {
  const Forces& f = matching.epoch.forces;
  const std::size_t dim = matching.epoch.dim;
  const CounterRandom random(2, "matching");
  std::vector<double> x(matching.positions.begin(), matching.positions.end());
  const auto step = [&](double* own, const double* other, bool attracts, double* answers) {
    double d2 = 0.0;
    for (std::size_t c = 0; c < dim; ++c) d2 += (own[c] - other[c]) * (own[c] - other[c]);
    if (d2 == 0.0) return;
    const double by = coefficient(f, d2, attracts);
    for (std::size_t c = 0; c < dim; ++c) {
      const double move = f.step * std::clamp(by * (own[c] - other[c]), -4.0, 4.0);
      own[c] += move;
      if (answers != nullptr) answers[c] -= move;
    }
  };
  const std::vector<double> before = x;
  for (std::size_t e = 0; e < matching.heads.size(); ++e) {
    if (!is_due(matching.rates[e], epoch)) continue;
    double* head = &x[matching.heads[e] * matching.stride];
    double* tail = &x[matching.tails[e] * matching.stride];
    step(head, tail, true, tail);
    const bool reverse = matching.epoch.reverse;
    const std::uint32_t own = reverse ? matching.tails[e] : matching.heads[e];
    const std::uint32_t due = negatives_due(matching.rates[e], epoch, matching.epoch.negatives_per_edge);
    for (std::uint32_t p = 0; p < due; ++p) {
      const auto block = random.block(e, (std::uint64_t{epoch} << 32) + 2 * (p / 4) + (reverse ? 1 : 0));
      const auto other =
          static_cast<std::uint32_t>((std::uint64_t{block[p % 4]} * matching.vertices) >> 32);
      if (other == own) continue;
      step(&x[own * matching.stride], &before[other * matching.stride], false, nullptr);
    }
  }
  return x;
}

TEST(UmapKernel, ScalarFollowsTheDefinition) {
  for (const std::size_t dim : {1, 2, 5, 70}) {
    for (const auto& [a, b] : {std::pair{1.576944, 0.895061}, {1.932809, 0.790495}, {0.11, 1.93}}) {
      Matching matching(40, dim, 5);
      matching.epoch.forces = some_forces(a, b);
      matching.epoch.epoch = 7;
      matching.epoch.reverse = dim > 1;
      const std::vector<double> expected = moved_by_definition(matching, 7);
      matching.epoch.before = matching.before.data();
      matching.epoch.positions = matching.positions.data();
      move_edges_scalar(matching.epoch,
                        {matching.heads.data(), matching.tails.data(), matching.rates.data()}, 0, 40);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_NEAR(matching.positions[i], expected[i], 1e-4) << dim;
      }
    }
  }
}

// Groups of 0..40 entries among 50 others, one of which has no place.
struct Groups {
  explicit Groups(std::size_t dim) : others(normal_numbers(50 * dim, "others")) {
    const CounterRandom random(3, "groups");
    others[7 * dim] = std::numeric_limits<float>::quiet_NaN();
    for (std::uint64_t group = 0; group < 30; ++group) {
      const std::uint32_t size = random.below(41, group);
      for (std::uint64_t i = 0; i < size; ++i) {
        entries.push_back(random.below(50, group, i + 1) | (i == 0 ? kAttracts : 0));
      }
      begin.push_back(static_cast<std::uint32_t>(entries.size()));
    }
    own.assign(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(dim));
  }
  std::vector<float> settled(SettleVertex settle, std::size_t dim) const {
    std::vector<float> result = own;
    settle(some_forces(1.5, 0.9), entries.data(), begin.data(), begin.size() - 1, others.data(), dim,
           result.data());
    return result;
  }

  std::vector<float> others;
  std::vector<std::uint32_t> entries;
  std::vector<std::uint32_t> begin = {0};
  std::vector<float> own;
};

TEST(UmapKernel, VectorVersionsSettleToTheSameBits) {
  for (const Version& version : vector_versions()) {
    for (const std::size_t dim : {1, 2, 3, 4, 5, 7, 8, 10, 16, 64}) {
      const Groups groups(dim);
      EXPECT_EQ(groups.settled(version.settle, dim), groups.settled(settle_scalar, dim))
          << version.name << " " << dim;
    }
  }
}

TEST(UmapKernel, AGroupMovesByTheSumOfItsMoves) {
  const Groups groups(3);
  const Forces f = some_forces(1.5, 0.9);
  std::vector<double> own(groups.own.begin(), groups.own.end());
  for (std::size_t g = 0; g + 1 < groups.begin.size(); ++g) {
    const std::vector<double> from = own;
    for (std::uint32_t e = groups.begin[g]; e < groups.begin[g + 1]; ++e) {
      const float* other = &groups.others[(groups.entries[e] & kVertex) * 3];
      double d2 = 0.0;
      for (std::size_t c = 0; c < 3; ++c) d2 += (from[c] - other[c]) * (from[c] - other[c]);
      if (!(d2 > 0.0)) continue;
      const double by = coefficient(f, d2, (groups.entries[e] & kAttracts) != 0);
      for (std::size_t c = 0; c < 3; ++c) {
        own[c] += f.step * std::clamp(by * (from[c] - other[c]), -4.0, 4.0);
      }
    }
  }
  const std::vector<float> settled = groups.settled(settle_scalar, 3);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(settled[c], own[c], 1e-3);
}

// Every pair (i, j) of `count` vertices for which connected(i, j).
template <class Connected>
FuzzyGraph graph_where(std::size_t count, Connected connected) {
  FuzzyGraph graph;
  graph.offsets.push_back(0);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j) {
      if (i == j || !connected(std::min(i, j), std::max(i, j))) continue;
      graph.targets.push_back(static_cast<std::int32_t>(j));
      graph.weights.push_back(static_cast<float>(1 + (i + j) % 7) / 7.0F);
    }
    graph.offsets.push_back(graph.targets.size());
  }
  return graph;
}

void expect_proper(const FuzzyGraph& graph, const ColouredEdges& edges) {
  ASSERT_EQ(edges.heads.size(), graph.targets.size() / 2);
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  for (std::size_t round = 0; round + 1 < edges.rounds.size(); ++round) {
    std::vector<std::size_t> task_of(graph.vertices(), 0);  // in this round, plus 1
    for (std::size_t task = edges.rounds[round]; task < edges.rounds[round + 1]; ++task) {
      for (std::size_t colour = edges.tasks[task]; colour < edges.tasks[task + 1]; ++colour) {
        std::set<std::uint32_t> met;
        for (std::size_t e = edges.colours[colour]; e < edges.colours[colour + 1]; ++e) {
          EXPECT_LT(edges.heads[e], edges.tails[e]);
          EXPECT_TRUE(seen.insert({edges.heads[e], edges.tails[e]}).second);
          for (const std::uint32_t end : {edges.heads[e], edges.tails[e]}) {
            EXPECT_TRUE(met.insert(end).second) << "two edges of a colour meet";
            EXPECT_TRUE(task_of[end] == 0 || task_of[end] == task + 1) << "two tasks of a round meet";
            task_of[end] = task + 1;
          }
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), edges.heads.size());
}

TEST(UmapColours, EdgesTakenSideBySideShareNoVertex) {
  const auto sparse = [](std::size_t i, std::size_t j) { return (i * 31 + j * 17) % 97 == 0; };
  const auto star = [](std::size_t i, std::size_t) { return i == 0; };
  const auto all = [](std::size_t, std::size_t) { return true; };
  const auto none = [](std::size_t, std::size_t) { return false; };
  for (const FuzzyGraph& graph :
       {graph_where(700, sparse), graph_where(1500, star), graph_where(40, all), graph_where(2, all),
        graph_where(5, none),
        graph_where(5000, [](auto i, auto j) { return j - i < 4 || (i % 500 == 0 && j % 3 == 0); })}) {
    expect_proper(graph, colour_edges(graph));
  }
}

TEST(UmapColours, TheSameAtAnyThreadCount) {
  const FuzzyGraph graph =
      graph_where(4100, [](std::size_t i, std::size_t j) { return j - i < 3 || (i + 7 * j) % 1009 == 0; });
  set_thread_count(1);
  const ColouredEdges one = colour_edges(graph);
  for (const int threads : {2, 3, 4}) {
    set_thread_count(threads);
    const ColouredEdges more = colour_edges(graph);
    EXPECT_EQ(one.heads, more.heads);
    EXPECT_EQ(one.tails, more.tails);
    EXPECT_EQ(one.rates, more.rates);
    EXPECT_EQ(one.colours, more.colours);
    EXPECT_EQ(one.tasks, more.tasks);
  }
  set_thread_count(0);
}

// umap-learn's loop for one edge: the epochs in which it is due, and the negatives each time.
std::vector<std::pair<int, int>> umap_learn_schedule(double share, int epochs, double rate) {
  const double per_sample = 1.0 / share;
  const double per_negative = per_sample / rate;
  double next = per_sample;
  double next_negative = per_negative;
  std::vector<std::pair<int, int>> due;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    if (next > epoch) continue;
    next += per_sample;
    const int negatives = static_cast<int>((epoch - next_negative) / per_negative);
    next_negative += negatives * per_negative;
    due.emplace_back(epoch, negatives);
  }
  return due;
}

TEST(UmapSchedule, IsThatOfUmapLearn) {
  // Shares whose inverse is exact, so that the sums umap-learn carries along do not drift.
  for (const double share : {1.0, 0.5, 0.25, 0.125, 0.0625, 0.0078125}) {
    for (const std::uint32_t per_edge : {1U, 4U, 8U}) {
      const std::uint32_t rate = sampling_rate(static_cast<float>(share), 1.0F);
      std::vector<std::pair<int, int>> due;
      for (std::uint32_t epoch = 0; epoch < 500; ++epoch) {
        if (!is_due(rate, epoch)) continue;
        due.emplace_back(epoch, negatives_due(rate, epoch, per_edge));
      }
      const auto expected = umap_learn_schedule(share, 500, per_edge);
      EXPECT_EQ(due.size(), expected.size()) << share;
      int drawn = 0, expected_drawn = 0;
      for (std::size_t i = 0; i < std::min(due.size(), expected.size()); ++i) {
        EXPECT_EQ(due[i].first, expected[i].first) << share;
        drawn += due[i].second;
        expected_drawn += expected[i].second;
        EXPECT_EQ(drawn, expected_drawn) << share << " " << per_edge << " " << due[i].first;
      }
    }
  }
}

TEST(UmapSchedule, CountsComeOutForAnyShare) {
  const CounterRandom random(3, "test");
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto share = static_cast<float>(0.002 + 0.998 * random.uniform(i));
    const std::uint32_t rate = sampling_rate(share, 1.0F);
    int samples = 0;
    std::uint64_t negatives = 0;
    for (std::uint32_t epoch = 0; epoch < 500; ++epoch) {
      if (!is_due(rate, epoch)) continue;
      ++samples;
      negatives += negatives_due(rate, epoch, 5);
      EXPECT_LE(negatives, static_cast<std::uint64_t>(5.0 * share * epoch + 1));
    }
    EXPECT_NEAR(samples, 499 * share, 1.0);
    EXPECT_NEAR(static_cast<double>(negatives), 5.0 * samples, 11.0);
  }
  EXPECT_EQ(negatives_due(sampling_rate(1.0F, 1.0F), 7, 0), 0U);
}

TEST(UmapKernel, ChoiceFollowsTheInstructionSetAndTheSize) {
  EXPECT_EQ(move_edges_function(10, kMostLaneDimensions + 1), move_edges_scalar);
  EXPECT_EQ(move_edges_function(std::size_t{1} << 31, 2), move_edges_scalar);
  const InstructionSet offered = instruction_set();
  limit_instruction_set(InstructionSet::scalar);
  EXPECT_EQ(move_edges_function(10, 2), move_edges_scalar);
  EXPECT_EQ(settle_function(10, 2), settle_scalar);
  limit_instruction_set(offered);
}

}  // namespace
}  // namespace clipcluster::umap
