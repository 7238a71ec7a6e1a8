#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "clipcluster/cpu.h"
#include "clipcluster/random.h"
#include "reduce/umap/layout.h"
#include "reduce/umap/layout_kernel.h"
#include "reduce/umap/schedule.h"

namespace clipcluster::umap {
namespace {

struct Version {
  const char* name;
  MoveFunction move;
};

std::vector<Version> vector_versions() {
  std::vector<Version> versions;
#if CLIPCLUSTER_SIMD
  if (instruction_set() >= InstructionSet::avx2) versions.push_back({"avx2", move_avx2});
  if (instruction_set() >= InstructionSet::avx512) versions.push_back({"avx512", move_avx512});
#endif
  return versions;
}

// `count` lists of 0..20 entries over `rows` others of `dim` coordinates.
struct Moves {
  Moves(std::size_t count, std::size_t rows, std::size_t dim) : others(rows * dim), own(count * dim) {
    const CounterRandom random(1, "test");
    for (std::size_t i = 0; i < others.size(); ++i) others[i] = static_cast<float>(3 * random.normal(i));
    for (std::size_t i = 0; i < own.size(); ++i) own[i] = static_cast<float>(3 * random.normal(i, 1));
    for (std::size_t list = 0; list < count; ++list) {
      begin.push_back(static_cast<std::int32_t>(entries.size()));
      length.push_back(static_cast<std::int32_t>(random.below(21, list, 2)));
      for (std::int32_t i = 0; i < length.back(); ++i) {
        const std::uint64_t draw = 3 + static_cast<std::uint64_t>(i);
        const std::uint32_t kinds[] = {0, kAttracts, kAttracts | kAnswered};
        const std::uint32_t kind = kinds[random.below(3, list, draw + 100)];
        entries.push_back(random.below(static_cast<std::uint32_t>(rows), list, draw) | kind);
      }
    }
    entries.push_back(0);
  }
  MoveLists lists() const { return {entries.data(), begin.data(), length.data(), begin.size()}; }
  std::vector<float> moved(MoveFunction move, const Forces& forces, std::size_t dim) const {
    std::vector<float> result = own;
    move(forces, lists(), others.data(), dim, result.data());
    return result;
  }

  std::vector<float> others;
  std::vector<float> own;
  std::vector<std::uint32_t> entries;
  std::vector<std::int32_t> begin;
  std::vector<std::int32_t> length;
};

Forces some_forces(double a, double b) {
  LayoutOptions options;
  options.curve = {a, b};
  options.learning_rate = 0.1;
  return forces_in_epoch(options, 1);
}

// The same in double precision and with std::pow.
std::vector<double> moved_by_definition(const Moves& moves, const Forces& f, std::size_t dim) {
  std::vector<double> own(moves.own.begin(), moves.own.end());
  for (std::size_t list = 0; list < moves.begin.size(); ++list) {
    double* y = own.data() + list * dim;
    std::vector<double> moved(dim, 0.0);
    for (std::int32_t i = 0; i < moves.length[list]; ++i) {
      const std::uint32_t entry = moves.entries[static_cast<std::size_t>(moves.begin[list] + i)];
      const float* other = moves.others.data() + (entry & kVertex) * dim;
      std::vector<double> x(other, other + dim);
      for (std::size_t c = 0; c < dim && (entry & kAnswered) != 0; ++c) x[c] -= moved[c];
      double d2 = 0.0;
      for (std::size_t c = 0; c < dim; ++c) d2 += (y[c] - x[c]) * (y[c] - x[c]);
      const double curve = 1.0 + f.a * std::pow(d2, f.b);
      const double by = (entry & kAttracts) != 0 ? f.attraction * std::pow(d2, f.b - 1.0) / curve
                                                 : f.repulsion / ((0.001 + d2) * curve);
      for (std::size_t c = 0; c < dim; ++c) {
        moved[c] = f.step * std::clamp(by * (y[c] - x[c]), -4.0, 4.0);
        y[c] += moved[c];
      }
    }
  }
  return own;
}

TEST(UmapKernel, ScalarFollowsTheDefinition) {
  for (const std::size_t dim : {1, 2, 5, 70}) {
    const Moves moves(50, 40, dim);
    for (const auto& [a, b] : {std::pair{1.576944, 0.895061}, {1.932809, 0.790495}, {0.11, 1.93}}) {
      const Forces forces = some_forces(a, b);
      const std::vector<float> moved = moves.moved(move_scalar, forces, dim);
      const std::vector<double> expected = moved_by_definition(moves, forces, dim);
      for (std::size_t i = 0; i < moved.size(); ++i) EXPECT_NEAR(moved[i], expected[i], 1e-4) << dim;
    }
  }
}

TEST(UmapKernel, VectorVersionsAgreeWithScalar) {
  for (const Version& version : vector_versions()) {
    for (const std::size_t dim : {1, 2, 3, 4, 5, 7, 16, 64}) {
      for (const std::size_t count : {1, 7, 16, 33}) {
        const Moves moves(count, 40, dim);
        const Forces forces = some_forces(1.576944, 0.895061);
        const std::vector<float> moved = moves.moved(version.move, forces, dim);
        const std::vector<float> expected = moves.moved(move_scalar, forces, dim);
        for (std::size_t i = 0; i < moved.size(); ++i) {
          EXPECT_NEAR(moved[i], expected[i], 1e-4) << version.name << " " << dim << " " << count;
        }
      }
    }
  }
}

TEST(UmapKernel, AListDoesNotDependOnItsNeighbours) {
  std::vector<Version> versions = vector_versions();
  versions.push_back({"scalar", move_scalar});
  for (const Version& version : versions) {
    const std::size_t dim = 5;
    const Moves moves(37, 40, dim);
    const Forces forces = some_forces(1.932809, 0.790495);
    const std::vector<float> together = moves.moved(version.move, forces, dim);
    for (std::size_t list = 0; list < 37; ++list) {
      std::vector<float> alone(moves.own.begin() + static_cast<std::ptrdiff_t>(list * dim),
                               moves.own.begin() + static_cast<std::ptrdiff_t>((list + 1) * dim));
      version.move(forces, {moves.entries.data(), &moves.begin[list], &moves.length[list], 1},
                   moves.others.data(), dim, alone.data());
      EXPECT_EQ(std::memcmp(alone.data(), together.data() + list * dim, dim * sizeof(float)), 0)
          << version.name << " " << list;
    }
  }
}

TEST(UmapKernel, SamePlaceAndNoPlaceDoNothing) {
  std::vector<Version> versions = vector_versions();
  versions.push_back({"scalar", move_scalar});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> others = {1.0F, 2.0F, nan, nan};
  const std::vector<std::uint32_t> entries = {0, 0 | kAttracts, 1, 1 | kAttracts};
  const std::int32_t begin = 0;
  const std::int32_t length = 4;
  for (const Version& version : versions) {
    std::vector<float> own = {1.0F, 2.0F};
    version.move(some_forces(1.5, 0.9), {entries.data(), &begin, &length, 1}, others.data(), 2, own.data());
    EXPECT_EQ(own, (std::vector<float>{1.0F, 2.0F})) << version.name;
  }
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
  EXPECT_EQ(move_function(10, kMostLaneDimensions + 1), move_scalar);
  EXPECT_EQ(move_function(std::size_t{1} << 31, 2), move_scalar);
  const InstructionSet offered = instruction_set();
  limit_instruction_set(InstructionSet::scalar);
  EXPECT_EQ(move_function(10, 2), move_scalar);
  limit_instruction_set(offered);
}

}  // namespace
}  // namespace clipcluster::umap
