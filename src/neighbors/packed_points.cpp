#include "neighbors/packed_points.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "clipcluster/parallel.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kPanelsPerChunk = 32;
constexpr std::size_t kRowsPerMeanChunk = 1024;

// Round to nearest, ties to even. The input is finite.
std::uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

float from_bf16(std::uint16_t value) { return std::bit_cast<float>(std::uint32_t{value} << 16); }

struct RowFacts {
  double squares = 0.0;
  double residual_squares = 0.0;
};

RowFacts write_f32(const std::vector<float>& z, std::size_t lane, std::uint8_t* panel) {
  auto* out = reinterpret_cast<float*>(panel) + lane;
  RowFacts facts;
  for (std::size_t k = 0; k < z.size(); ++k) {
    out[k * kPanelRows] = z[k];
    facts.squares += double{z[k]} * z[k];
  }
  return facts;
}

RowFacts write_bf16(const std::vector<float>& z, std::size_t lane, std::uint8_t* panel) {
  auto* out = reinterpret_cast<std::uint16_t*>(panel) + 2 * lane;
  RowFacts facts;
  for (std::size_t k = 0; k < z.size(); ++k) {
    const std::uint16_t rounded = to_bf16(z[k]);
    out[k / 2 * 2 * kPanelRows + k % 2] = rounded;
    const double rest = double{z[k]} - from_bf16(rounded);
    facts.squares += double{z[k]} * z[k];
    facts.residual_squares += rest * rest;
  }
  return facts;
}

void centred_row(const float* row, float scale, const Packing& packing, std::vector<float>& z) {
  const std::size_t d = packing.centre.size();
  for (std::size_t k = 0; k < d; ++k) z[k] = row[k] * scale - packing.centre[k];
  if (packing.zero_column) z[d] = scale == 0.0F ? 1.0F : 0.0F;
}

}  // namespace

std::size_t Packing::depth() const { return (centre.size() + (zero_column ? 1 : 0) + 1) / 2 * 2; }

std::vector<float> mean_of_scaled(MatrixView<const float> rows, const std::vector<float>& scales) {
  const std::size_t d = rows.cols();
  Matrix<double> sums((rows.rows() + kRowsPerMeanChunk - 1) / kRowsPerMeanChunk, d);
  parallel_for(rows.rows(), kRowsPerMeanChunk, [&](std::size_t begin, std::size_t end) {
    double* sum = sums.row(begin / kRowsPerMeanChunk);
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t k = 0; k < d; ++k) sum[k] += rows(i, k) * scales[i];
    }
  });
  std::vector<float> mean(d);
  for (std::size_t k = 0; k < d; ++k) {
    double sum = 0.0;
    for (std::size_t chunk = 0; chunk < sums.rows(); ++chunk) sum += sums(chunk, k);
    mean[k] = static_cast<float>(sum / static_cast<double>(rows.rows()));
  }
  return mean;
}

PackedPoints pack_points(MatrixView<const float> rows, const std::vector<float>& scales,
                         const Packing& packing) {
  const std::size_t panel_count = (rows.rows() + kPanelRows - 1) / kPanelRows;
  const std::size_t element = packing.format == PackedFormat::f32 ? sizeof(float) : sizeof(std::uint16_t);
  PackedPoints packed;
  packed.rows = rows.rows();
  packed.panel_bytes = packing.depth() * kPanelRows * element;
  packed.panels = Matrix<std::uint8_t>(panel_count, packed.panel_bytes);
  // Padding rows are infinitely far from everything.
  packed.half_squares.assign(packed.padded_rows(), std::numeric_limits<float>::infinity());
  packed.norms.assign(packed.padded_rows(), 0.0F);
  std::vector<double> residuals(panel_count, 0.0);
  parallel_for(panel_count, kPanelsPerChunk, [&](std::size_t begin, std::size_t end) {
    std::vector<float> z(packing.depth(), 0.0F);
    for (std::size_t i = begin * kPanelRows; i < std::min(end * kPanelRows, rows.rows()); ++i) {
      centred_row(rows.row(i), scales[i], packing, z);
      std::uint8_t* panel = packed.panels.row(i / kPanelRows);
      const std::size_t lane = i % kPanelRows;
      const RowFacts facts =
          packing.format == PackedFormat::f32 ? write_f32(z, lane, panel) : write_bf16(z, lane, panel);
      packed.half_squares[i] = static_cast<float>(0.5 * facts.squares);
      packed.norms[i] = static_cast<float>(std::sqrt(facts.squares));
      if (facts.squares > 0.0) {
        double& residual = residuals[i / kPanelRows];
        residual = std::max(residual, std::sqrt(facts.residual_squares / facts.squares));
      }
    }
  });
  if (!residuals.empty()) packed.residual = *std::max_element(residuals.begin(), residuals.end());
  return packed;
}

}  // namespace clipcluster::neighbors
