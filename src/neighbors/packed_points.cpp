#include "neighbors/packed_points.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "clipcluster/parallel.h"
#include "neighbors/kernels/rotate_kernels.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kGroupRows = kTileColumns;  // rows that are rotated together
constexpr std::size_t kGroupsPerChunk = 8;
constexpr std::size_t kRowsPerMeanChunk = 1024;

// Sums of squares in float of up to 2^16 numbers are off by less.
constexpr float kRoundUp = 1.0F + 0x1p-7F;

// Round to nearest, ties to even. The input is finite.
std::uint32_t to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
}

float from_bf16(std::uint32_t value) { return std::bit_cast<float>(value << 16); }

std::size_t id_at(const std::vector<std::int32_t>* order, std::size_t i) {
  return order == nullptr ? i : static_cast<std::size_t>((*order)[i]);
}

// Rows as panels of [depth][kPanelRows] floats, three of them one after the other.
class Group {
 public:
  explicit Group(std::size_t depth)
      : depth_(depth),
        stride_(depth * kPanelRows),
        z_(kTilePanels, stride_),
        rotated_(kTilePanels, stride_) {}

  void set_row(std::size_t lane, const float* row, float scale, const Packing& packing) {
    float* out = z_.row(lane / kPanelRows) + lane % kPanelRows;
    const std::size_t d = packing.centre.size();
    double squares = 0.0;
    for (std::size_t k = 0; k < d; ++k) {
      const float value = row[k] * scale - packing.centre[k];
      out[k * kPanelRows] = value;
      squares += double{value} * value;
    }
    if (packing.zero_column) {
      out[d * kPanelRows] = scale == 0.0F ? 1.0F : 0.0F;
      squares += scale == 0.0F ? 1.0 : 0.0;
    }
    squares_[lane] = squares;
  }
  void clear_row(std::size_t lane) {
    float* out = z_.row(lane / kPanelRows) + lane % kPanelRows;
    for (std::size_t k = 0; k < depth_; ++k) out[k * kPanelRows] = 0.0F;
    squares_[lane] = 0.0;
  }
  double squares(std::size_t lane) const { return squares_[lane]; }

  // The first `count` coordinates, and what follows the rotation's.
  void rotate(const Packing& packing, std::size_t count, RotateFunction kernel) {
    if (packing.rotation.empty()) return;
    const std::size_t d = packing.centre.size();
    kernel({packing.rotation.axes.data(), std::min(count, d), d, z_.data(), stride_, rotated_.data()});
    for (std::size_t p = 0; p < kTilePanels; ++p) {
      std::copy(z_.row(p) + d * kPanelRows, z_.row(p) + stride_, rotated_.row(p) + d * kPanelRows);
    }
  }
  const float* panel(const Packing& packing, std::size_t p) const {
    return packing.rotation.empty() ? z_.row(p) : rotated_.row(p);
  }

 private:
  std::size_t depth_;
  std::size_t stride_;
  MatrixF z_;
  MatrixF rotated_;
  double squares_[kGroupRows] = {};
};

// Rows from `first` on of the packed order; missing ones are zero.
void load_group(MatrixView<const float> rows, const std::vector<float>& scales, const Packing& packing,
                const std::vector<std::int32_t>* order, std::size_t count, std::size_t first,
                Group& group) {
  for (std::size_t lane = 0; lane < kGroupRows; ++lane) {
    if (first + lane >= count) {
      group.clear_row(lane);
      continue;
    }
    const std::size_t id = id_at(order, first + lane);
    group.set_row(lane, rows.row(id), scales[id], packing);
  }
}

struct LaneSums {
  float values[kPanelRows] = {};
};

LaneSums squares_of(const float* panel, std::size_t first, std::size_t end) {
  LaneSums sums;
  for (std::size_t k = first; k < end; ++k) {
    for (std::size_t lane = 0; lane < kPanelRows; ++lane) {
      sums.values[lane] += panel[k * kPanelRows + lane] * panel[k * kPanelRows + lane];
    }
  }
  return sums;
}

// Adds the squares of what rounding took to `residuals`.
void write_bf16(const float* panel, std::size_t depth, std::uint32_t* out, LaneSums& residuals) {
  for (std::size_t k = 0; k < depth; k += 2) {
    const float* low = panel + k * kPanelRows;
    const float* high = low + kPanelRows;
    for (std::size_t lane = 0; lane < kPanelRows; ++lane) {
      const std::uint32_t a = to_bf16(low[lane]);
      const std::uint32_t b = to_bf16(high[lane]);
      out[k / 2 * kPanelRows + lane] = a | (b << 16);
      const float rest_a = low[lane] - from_bf16(a);
      const float rest_b = high[lane] - from_bf16(b);
      residuals.values[lane] += rest_a * rest_a + rest_b * rest_b;
    }
  }
}

// What rotating in float may be off by, over |z|: chains of kRotateChunk products and then of chunks, each
// axis of unit length, d axes.
double rotation_error(const Packing& packing) {
  if (packing.rotation.empty()) return 0.0;
  const auto d = static_cast<double>(packing.centre.size());
  const double chain = kRotateChunk + d / kRotateChunk + 4.0;
  return 1.05 * chain * 0x1p-24 * std::sqrt(d) * (1.0 + packing.rotation.defect);
}

// Stages of one panel, and its rows' tails and rounding residuals.
void write_panel(const float* panel, const Packing& packing, std::size_t index, PackedPoints& packed,
                 LaneSums& residuals) {
  std::size_t first = 0;
  for (PackedStage& stage : packed.stages) {
    std::uint8_t* out = stage.panels.row(index);
    const float* part = panel + first * kPanelRows;
    if (packing.format == PackedFormat::f32) {
      std::copy_n(part, stage.depth * kPanelRows, reinterpret_cast<float*>(out));
    } else {
      write_bf16(part, stage.depth, reinterpret_cast<std::uint32_t*>(out), residuals);
    }
    first += stage.depth;
  }
  LaneSums tail;
  for (std::size_t s = packed.stages.size(); s-- > 0;) {
    PackedStage& stage = packed.stages[s];
    for (std::size_t lane = 0; lane < kPanelRows; ++lane) {
      stage.tails[index * kPanelRows + lane] = kRoundUp * std::sqrt(tail.values[lane]);
    }
    const LaneSums own = squares_of(panel, first - stage.depth, first);
    for (std::size_t lane = 0; lane < kPanelRows; ++lane) tail.values[lane] += own.values[lane];
    first -= stage.depth;
  }
}

PackedPoints room_for(std::size_t rows, const Packing& packing) {
  PackedPoints packed;
  packed.rows = rows;
  const std::size_t panels = (rows + kPanelRows - 1) / kPanelRows;
  const std::size_t element = packing.format == PackedFormat::f32 ? sizeof(float) : sizeof(std::uint16_t);
  // Padding rows are infinitely far from everything.
  packed.half_squares.assign(panels * kPanelRows, std::numeric_limits<float>::infinity());
  packed.norms.assign(panels * kPanelRows, 0.0F);
  std::size_t first = 0;
  for (const std::size_t end : packing.stage_ends()) {
    PackedStage stage;
    stage.depth = end - first;
    stage.panels = Matrix<std::uint8_t>(panels, stage.depth * kPanelRows * element);
    stage.tails.assign(panels * kPanelRows, 0.0F);
    packed.stages.push_back(std::move(stage));
    first = end;
  }
  return packed;
}

}  // namespace

std::size_t Packing::depth() const { return (centre.size() + (zero_column ? 1 : 0) + 1) / 2 * 2; }

std::vector<std::size_t> Packing::stage_ends() const {
  std::vector<std::size_t> ends;
  for (const std::size_t end : checks) {
    if (end < depth()) ends.push_back(end);
  }
  ends.push_back(depth());
  return ends;
}

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
                         const Packing& packing, const std::vector<std::int32_t>* order) {
  const std::size_t count = order == nullptr ? rows.rows() : order->size();
  PackedPoints packed = room_for(count, packing);
  const std::size_t panels = packed.padded_rows() / kPanelRows;
  const std::size_t groups = (count + kGroupRows - 1) / kGroupRows;
  std::vector<double> residuals(groups, 0.0);
  const RotateFunction kernel = rotate_kernel();
  parallel_for(groups, kGroupsPerChunk, [&](std::size_t begin, std::size_t end) {
    Group group(packing.depth());
    for (std::size_t g = begin; g < end; ++g) {
      load_group(rows, scales, packing, order, count, g * kGroupRows, group);
      group.rotate(packing, packing.depth(), kernel);
      for (std::size_t p = 0; p < kTilePanels && g * kTilePanels + p < panels; ++p) {
        LaneSums lost;
        write_panel(group.panel(packing, p), packing, g * kTilePanels + p, packed, lost);
        for (std::size_t lane = 0; lane < kPanelRows; ++lane) {
          const double squares = group.squares(p * kPanelRows + lane);
          if (squares == 0.0) continue;
          residuals[g] = std::max(residuals[g], double{kRoundUp} * std::sqrt(lost.values[lane] / squares));
        }
      }
      for (std::size_t i = g * kGroupRows; i < std::min(count, (g + 1) * kGroupRows); ++i) {
        const double squares = group.squares(i - g * kGroupRows);
        packed.half_squares[i] = static_cast<float>(0.5 * squares);
        packed.norms[i] = static_cast<float>(std::sqrt(squares));
      }
    }
  });
  if (!residuals.empty()) packed.residual = *std::max_element(residuals.begin(), residuals.end());
  packed.residual += rotation_error(packing);
  return packed;
}

MatrixF leading_coordinates(MatrixView<const float> rows, const std::vector<float>& scales,
                            const Packing& packing, std::size_t count) {
  MatrixF leading(rows.rows(), count);
  const std::size_t groups = (rows.rows() + kGroupRows - 1) / kGroupRows;
  const RotateFunction kernel = rotate_kernel();
  parallel_for(groups, kGroupsPerChunk, [&](std::size_t begin, std::size_t end) {
    Group group(packing.depth());
    for (std::size_t g = begin; g < end; ++g) {
      const std::size_t first = g * kGroupRows;
      load_group(rows, scales, packing, nullptr, rows.rows(), first, group);
      group.rotate(packing, count, kernel);
      for (std::size_t i = first; i < std::min(rows.rows(), first + kGroupRows); ++i) {
        const std::size_t lane = i - first;
        const float* panel = group.panel(packing, lane / kPanelRows) + lane % kPanelRows;
        for (std::size_t k = 0; k < count; ++k) leading(i, k) = panel[k * kPanelRows];
      }
    }
  });
  return leading;
}

}  // namespace clipcluster::neighbors
