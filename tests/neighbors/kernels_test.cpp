// Every vectorised kernel against the scalar one, and the error bounds against exact keys.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <numeric>
#include <vector>

#include "clipcluster/cpu.h"
#include "neighbors/bounds.h"
#include "neighbors/kernels/candidate_kernels.h"
#include "neighbors/kernels/rotate_kernels.h"
#include "neighbors/kernels/row_kernels.h"
#include "neighbors/kernels/tile_kernels.h"
#include "neighbors/oracle.h"
#include "neighbors/packed_points.h"
#include "neighbors/rows.h"
#include "support/support.h"

namespace clipcluster::neighbors {
namespace {

using ::clipcluster::testing::cone_points;
using ::clipcluster::testing::normal_points;

[[maybe_unused]] bool offered(InstructionSet set) {
  limit_instruction_set(InstructionSet::avx512);
  return instruction_set() >= set;
}

std::vector<RowKernels> fast_row_kernels() {
  std::vector<RowKernels> kernels;
#if CLIPCLUSTER_SIMD
  if (offered(InstructionSet::avx2)) kernels.push_back(row_kernels_avx2());
  if (offered(InstructionSet::avx512)) kernels.push_back(row_kernels_avx512());
#endif
  return kernels;
}

TEST(RowKernels, HaveTheSameBitsEverywhere) {
  const MatrixF rows = normal_points(2, 200, 31);
  const RowKernels scalar = row_kernels_scalar();
  for (const RowKernels& fast : fast_row_kernels()) {
    for (std::size_t size = 0; size <= 200; ++size) {
      EXPECT_EQ(fast.sum_of_squares(rows.row(0), size), scalar.sum_of_squares(rows.row(0), size)) << size;
      EXPECT_EQ(fast.half_squared_distance(rows.row(0), 0.7F, rows.row(1), 1.3F, size),
                scalar.half_squared_distance(rows.row(0), 0.7F, rows.row(1), 1.3F, size))
          << size;
    }
  }
}

TEST(RowKernels, DoNotReadPastTheEnd) {
  for (const RowKernels& fast : fast_row_kernels()) {
    for (std::size_t size = 1; size < 70; ++size) {
      const std::vector<float> x(size, 2.0F);  // the address sanitizer watches its end
      EXPECT_EQ(fast.sum_of_squares(x.data(), size), 4.0 * static_cast<double>(size));
      EXPECT_EQ(fast.half_squared_distance(x.data(), 1.0F, x.data(), 1.0F, size), 0.0F);
    }
  }
}

std::vector<CandidateKernels> offered_candidate_kernels() {
  std::vector<CandidateKernels> kernels = {candidate_kernels_scalar()};
#if CLIPCLUSTER_SIMD
  if (offered(InstructionSet::avx2)) kernels.push_back(candidate_kernels_avx2());
  if (offered(InstructionSet::avx512)) kernels.push_back(candidate_kernels_avx512());
#endif
  return kernels;
}

TEST(CandidateKernels, FindTheKthSmallest) {
  for (const CandidateKernels& kernels : offered_candidate_kernels()) {
    for (std::size_t count = 1; count < 80; ++count) {
      const MatrixF made = normal_points(1, count, count);
      std::vector<float> values(made.data(), made.data() + count);
      std::vector<float> sorted = values;
      std::sort(sorted.begin(), sorted.end());
      for (std::size_t k = 1; k <= count; ++k) {
        const float found = kernels.kth_smallest(values.data(), count, k);
        const float exact = std::max(sorted[k - 1], 0.0F);
        EXPECT_GE(found, exact);
        EXPECT_LE(found, std::max(1.01F * exact, 0.02F)) << count << ", " << k;
      }
    }
    const std::vector<float> equal(40, 0.25F);
    EXPECT_EQ(kernels.kth_smallest(equal.data(), 40, 17), 0.25F);
  }
}

TEST(CandidateKernels, KeepWhatIsWithinTheLimit) {
  for (const CandidateKernels& kernels : offered_candidate_kernels()) {
    for (std::size_t count = 0; count < 80; ++count) {
      const MatrixF made = normal_points(1, count + 1, count);
      std::vector<float> bounds(made.data(), made.data() + count);
      std::vector<std::int32_t> columns(count);
      std::iota(columns.begin(), columns.end(), 0);
      std::vector<std::int32_t> expected;
      std::copy_if(columns.begin(), columns.end(), std::back_inserter(expected),
                   [&](std::int32_t c) { return made(0, static_cast<std::size_t>(c)) <= 0.3F; });
      ASSERT_EQ(kernels.keep_at_most(0.3F, count, bounds.data(), columns.data()), expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(columns[i], expected[i]);
        EXPECT_EQ(bounds[i], made(0, static_cast<std::size_t>(expected[i])));
      }
    }
  }
}

TEST(CandidateKernels, AddWidths) {
  const MatrixF errors = normal_points(1, 100, 3);
  const MatrixF bounds = normal_points(1, 37, 4);
  std::vector<std::int32_t> columns(37);
  for (std::size_t c = 0; c < columns.size(); ++c) columns[c] = static_cast<std::int32_t>(c * 61 % 100);
  for (const CandidateKernels& kernels : offered_candidate_kernels()) {
    std::vector<float> upper(37);
    kernels.add_widths(bounds.data(), columns.data(), 37, {errors.data(), 0.5F, 0.25F, 0.125F},
                       upper.data());
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const float e = errors(0, static_cast<std::size_t>(columns[c]));
      EXPECT_NEAR(upper[c], bounds(0, c) + 0.5F * e + 0.25F * e * e + 0.125F, 1e-5F);
    }
  }
}

// 48 rows at a time: every version against sums in double.
TEST(RotateKernels, MultiplyAxesAndRows) {
  std::vector<RotateFunction> versions = {rotate_scalar};
#if CLIPCLUSTER_SIMD
  if (offered(InstructionSet::avx2)) versions.push_back(rotate_avx2);
  if (offered(InstructionSet::avx512)) versions.push_back(rotate_avx512);
#endif
  for (const std::size_t depth : {1U, 7U, 64U, 130U}) {
    const std::size_t stride = (depth + 3) * kPanelRows;
    const MatrixF axes = normal_points(depth, depth, 5);
    const MatrixF in = normal_points(kTilePanels, stride, 6);
    for (const RotateFunction version : versions) {
      const std::size_t count = depth - depth / 3;
      MatrixF out(kTilePanels, stride);
      version({axes.data(), count, depth, in.data(), stride, out.data()});
      for (std::size_t p = 0; p < kTilePanels; ++p) {
        for (std::size_t k = 0; k < count; ++k) {
          for (std::size_t lane = 0; lane < kPanelRows; ++lane) {
            double sum = 0.0;
            for (std::size_t l = 0; l < depth; ++l)
              sum += double{axes(k, l)} * in(p, l * kPanelRows + lane);
            ASSERT_NEAR(out(p, k * kPanelRows + lane), sum, 1e-4);
          }
        }
        for (std::size_t i = count * kPanelRows; i < stride; ++i) ASSERT_EQ(out(p, i), 0.0F);
      }
    }
  }
}

struct Prepared {
  MatrixF points;
  std::vector<float> scales;
  Packing packing;
  PackedPoints packed;
  RowBounds bounds;
  ErrorModel model;
};

Prepared prepare(MatrixF points, Metric metric, PackedFormat format, bool rotated = false) {
  Prepared prepared;
  prepared.points = std::move(points);
  prepared.scales = row_scales(prepared.points, metric, "points").value();
  prepared.packing.centre = mean_of_scaled(prepared.points, prepared.scales);
  prepared.packing.zero_column = std::count(prepared.scales.begin(), prepared.scales.end(), 0.0F) > 0;
  prepared.packing.format = format;
  if (rotated) {
    prepared.packing.rotation =
        principal_rotation(prepared.points, prepared.scales, prepared.packing.centre);
    prepared.packing.checks = {4, 10, 32, 64};
  }
  prepared.packed = pack_points(prepared.points, prepared.scales, prepared.packing);
  prepared.model = error_model(prepared.packed, prepared.packed, prepared.packing);
  prepared.bounds = row_bounds(prepared.packed, prepared.model);
  return prepared;
}

// The tile of the 8 rows from `row` on and up to 48 columns from `column` on.
std::vector<TileHit> run(TileFunction function, const Prepared& prepared, std::size_t row,
                         std::size_t column, const std::vector<float>& row_limits,
                         const std::vector<float>& column_limits) {
  TileInput input;
  for (std::size_t s = 0; s < prepared.packed.stages.size(); ++s) {
    const PackedStage& stage = prepared.packed.stages[s];
    input.rows.stages[s] = {stage.panels.data(), prepared.bounds.errors_after(s).data()};
    input.depths[s] = stage.depth;
    input.panel_bytes[s] = stage.panels.cols();
  }
  input.rows.half_norms = prepared.bounds.half_norms.data();
  input.columns = input.rows;
  input.rows.limits = row_limits.data();
  input.columns.limits = column_limits.data() + column;
  input.row_end = row + kTileRows;
  input.first_column = column;
  input.panel_count = std::min(kTilePanels, (prepared.packed.padded_rows() - column) / kPanelRows);
  input.stage_count = prepared.packed.stages.size();
  std::vector<TileHit> hits(kTileRows * kTileColumns);
  std::size_t at = row;
  hits.resize(function(input, at, hits.data()));
  EXPECT_EQ(at, hits.empty() ? row + kTileRows : row);
  std::sort(hits.begin(), hits.end(), [](const TileHit& a, const TileHit& b) {
    return a.row < b.row || (a.row == b.row && a.column < b.column);
  });
  return hits;
}

// With no limit every real pair is a hit, and its bound must hold.
void expect_bounds_hold(TileFunction function, const Prepared& prepared) {
  const std::size_t n = prepared.points.rows();
  const std::vector<float> all(prepared.packed.padded_rows(), std::numeric_limits<float>::max());
  std::size_t pairs = 0;
  for (std::size_t row = 0; row < prepared.packed.padded_rows(); row += kTileRows) {
    for (std::size_t column = 0; column < prepared.packed.padded_rows(); column += kTileColumns) {
      for (const TileHit& hit : run(function, prepared, row, column, all, all)) {
        const std::size_t i = row + hit.row;
        const std::size_t j = column + hit.column;
        ASSERT_LT(i, n);
        ASSERT_LT(j, n);
        const float key = exact_key(prepared.points.row(i), prepared.scales[i], prepared.points.row(j),
                                    prepared.scales[j], prepared.points.cols(), row_kernels());
        const RowBounds& bounds = prepared.bounds;
        const float width =
            2.0F * (bounds.errors[i] * bounds.errors[j] + bounds.spread[i] + bounds.spread[j]);
        ASSERT_LE(hit.bound, key) << i << ", " << j;
        ASSERT_GE(hit.bound + width, key) << i << ", " << j;
        ++pairs;
      }
    }
  }
  EXPECT_EQ(pairs, n * n);
}

struct Version {
  TileFunction function;
  PackedFormat format;
};

std::vector<Version> offered_versions() {
  std::vector<Version> versions = {{tile_scalar, PackedFormat::f32}};
#if CLIPCLUSTER_SIMD
  if (offered(InstructionSet::avx2)) versions.push_back({tile_avx2, PackedFormat::f32});
  if (offered(InstructionSet::avx512)) {
    versions.push_back({tile_avx512, PackedFormat::f32});
    if (has_avx512bf16()) versions.push_back({tile_avx512bf16, PackedFormat::bf16});
  }
#endif
  return versions;
}

TEST(TileKernels, BoundsHoldForEveryVersionAndKindOfPoints) {
  for (const Version& version : offered_versions()) {
    for (const Metric metric : {Metric::euclidean, Metric::cosine}) {
      for (const std::size_t d : {1U, 2U, 17U, 130U}) {
        for (const bool rotated : {false, true}) {
          MatrixF points = cone_points(75, d, d);
          std::memset(points.row(11), 0, d * sizeof(float));
          std::memcpy(points.row(70), points.row(3), d * sizeof(float));
          expect_bounds_hold(version.function, prepare(std::move(points), metric, version.format, rotated));
          expect_bounds_hold(version.function, prepare(normal_points(40, d, 5, 1e-2F, 100.0F), metric,
                                                       version.format, rotated));
          expect_bounds_hold(version.function,
                             prepare(normal_points(40, d, 6, 1e-18F), metric, version.format, rotated));
        }
      }
    }
  }
}

TEST(TileKernels, SelectWhatEitherSideWants) {
  for (const Version& version : offered_versions()) {
    const Prepared prepared = prepare(cone_points(60, 30, 8), Metric::euclidean, version.format);
    const std::vector<float> all(prepared.packed.padded_rows(), std::numeric_limits<float>::max());
    const auto everything = run(version.function, prepared, 8, 0, all, all);
    ASSERT_EQ(everything.size(), kTileRows * kTileColumns);
    std::vector<float> row_limits(all.size(), -1.0F);
    std::vector<float> column_limits(all.size(), -1.0F);
    row_limits[8 + 3] = everything[3 * kTileColumns + 20].bound;  // a limit includes its own value
    column_limits[7] = everything[5 * kTileColumns + 7].bound;
    std::size_t expected = 0;
    for (const TileHit& hit : everything) {
      expected += hit.bound <= row_limits[8 + hit.row] || hit.bound <= column_limits[hit.column] ? 1 : 0;
    }
    const auto hits = run(version.function, prepared, 8, 0, row_limits, column_limits);
    EXPECT_EQ(hits.size(), expected);
    EXPECT_GE(expected, 2U);
  }
}

// A pair that stops early must be one that nobody wants: every stage's bound is below the exact key.
TEST(TileKernels, StagesLeaveOutNothingThatIsWanted) {
  for (const Version& version : offered_versions()) {
    for (const Metric metric : {Metric::euclidean, Metric::cosine}) {
      const Prepared prepared = prepare(cone_points(150, 90, 3), metric, version.format, true);
      ASSERT_EQ(prepared.packed.stages.size(), 5U);
      const std::size_t n = prepared.points.rows();
      const std::vector<float> none(prepared.packed.padded_rows(), -1.0F);
      std::size_t found = 0;
      for (std::size_t i = 0; i < n; i += 7) {
        for (std::size_t j = 0; j < n; j += 5) {
          std::vector<float> limits = none;
          limits[i] = exact_key(prepared.points.row(i), prepared.scales[i], prepared.points.row(j),
                                prepared.scales[j], prepared.points.cols(), row_kernels());
          const std::size_t row = i / kTileRows * kTileRows;
          const std::size_t column = j / kTileColumns * kTileColumns;
          const auto hits = run(version.function, prepared, row, column, limits, none);
          found += std::any_of(hits.begin(), hits.end(), [&](const TileHit& hit) {
            return row + hit.row == i && column + hit.column == j;
          });
        }
      }
      EXPECT_EQ(found, (n + 6) / 7 * ((n + 4) / 5));
    }
  }
}

// bf16 differs by more than rounding in f32, so it is held by its bounds alone (above).
TEST(TileKernels, AgreeWithTheScalarVersion) {
  const Prepared prepared = prepare(cone_points(100, 77, 13), Metric::cosine, PackedFormat::f32);
  const std::vector<float> all(prepared.packed.padded_rows(), std::numeric_limits<float>::max());
  for (const Version& version : offered_versions()) {
    if (version.format != PackedFormat::f32) continue;
    for (const std::size_t column : {0U, 48U, 96U}) {
      const auto expected = run(tile_scalar, prepared, 16, column, all, all);
      const auto hits = run(version.function, prepared, 16, column, all, all);
      ASSERT_EQ(hits.size(), expected.size());
      for (std::size_t h = 0; h < hits.size(); ++h) {
        EXPECT_NEAR(hits[h].bound, expected[h].bound, 1e-6F);
        EXPECT_EQ(hits[h].column, expected[h].column);
      }
    }
  }
}

}  // namespace
}  // namespace clipcluster::neighbors
