#include "reduce/tsne/grid.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>

#include "clipcluster/parallel.h"
#include "reduce/tsne/cubic_spline.h"

namespace clipcluster::tsne {
namespace {

constexpr std::size_t kGrain = 2048;
constexpr std::size_t kRowsPerBand = 16;
constexpr int kNodes = 4;
// One node before a point's cell, two after, and one more for the rounding at the border.
constexpr std::int32_t kMargin = 2;

using Four = float __attribute__((vector_size(16)));

Four load_four(const float* from) {
  Four four;
  std::memcpy(&four, from, sizeof four);
  return four;
}

float sum_of(const Four& x) { return (x[0] + x[2]) + (x[1] + x[3]); }

struct Bounds {
  float least[2] = {std::numeric_limits<float>::max(), std::numeric_limits<float>::max()};
  float greatest[2] = {std::numeric_limits<float>::lowest(), std::numeric_limits<float>::lowest()};

  void add(const float* low, const float* high) {
    for (int c = 0; c < 2; ++c) {
      least[c] = std::min(least[c], low[c]);
      greatest[c] = std::max(greatest[c], high[c]);
    }
  }
};

Bounds bounds_of(MatrixView<const float> places) {
  std::vector<Bounds> parts((places.rows() + kGrain - 1) / kGrain);
  parallel_for(places.rows(), kGrain, [&](std::size_t begin, std::size_t end) {
    Bounds bounds;
    for (std::size_t i = begin; i < end; ++i) bounds.add(places.row(i), places.row(i));
    parts[begin / kGrain] = bounds;
  });
  Bounds bounds;
  for (const Bounds& part : parts) bounds.add(part.least, part.greatest);
  return bounds;
}

// Cell and place in it, 0..1.
struct Cell {
  std::int32_t number;
  float rest;
};
Cell cell_of(float coordinate) {
  const float scaled = coordinate * (1.0F / kSpacing);
  const float whole = std::floor(scaled);
  return {static_cast<std::int32_t>(whole), scaled - whole};
}

Convolution make_convolution(std::size_t size) {
  MatrixF kernel(size, size);
  parallel_for(size, 16, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const double y = kSpacing * static_cast<double>(std::min(i, size - i));
      for (std::size_t j = 0; j < size; ++j) {
        const double x = kSpacing * static_cast<double>(std::min(j, size - j));
        kernel(i, j) = static_cast<float>(1.0 / (1.0 + x * x + y * y));
      }
    }
  });
  // A cubic B-spline is 1/6, 4/6, 1/6 at the nodes; it smooths once on the way in and once on the way out.
  std::vector<double> response(size / 2 + 1);
  for (std::size_t k = 0; k < response.size(); ++k) {
    const double angle = 2.0 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(size);
    const double spline = (4.0 + 2.0 * std::cos(angle)) / 6.0;
    response[k] = 1.0 / (spline * spline);
  }
  return {size, std::move(kernel), response};
}

}  // namespace

Potential PotentialGrid::at(const float* place) const {
  const Cell x = cell_of(place[0]);
  const Cell y = cell_of(place[1]);
  const auto side = static_cast<std::int64_t>(coefficients.cols());
  const std::int64_t column = std::int64_t{x.number} - base[0] - 1;
  const std::int64_t row = std::int64_t{y.number} - base[1] - 1;
  if (column < 0 || row < 0 || column + kNodes > side || row + kNodes > side) {
    return {1.0F, {0.0F, 0.0F}};
  }
  float across[kNodes];
  float across_slope[kNodes];
  float down[kNodes];
  float down_slope[kNodes];
  spline_weights(x.rest, across);
  spline_slopes(x.rest, across_slope);
  spline_weights(y.rest, down);
  spline_slopes(y.rest, down_slope);
  Four sums = {};
  Four slopes = {};
  const float* nodes = coefficients.row(static_cast<std::size_t>(row)) + column;
  for (int i = 0; i < kNodes; ++i, nodes += side) {
    const Four line = load_four(nodes);
    sums += down[i] * line;
    slopes += down_slope[i] * line;
  }
  const Four weights = load_four(across);
  return {sum_of(sums * weights),
          {sum_of(sums * load_four(across_slope)) * (1.0F / kSpacing),
           sum_of(slopes * weights) * (1.0F / kSpacing)}};
}

bool GridRepulsion::prepare(MatrixView<const float> places) {
  const Bounds bounds = bounds_of(places);
  std::size_t cells = 0;
  for (int c = 0; c < 2; ++c) {
    const double low = std::floor(double{bounds.least[c]} / kSpacing) - kMargin;
    const double high = std::floor(double{bounds.greatest[c]} / kSpacing) + kMargin + 1;
    if (!(high - low < static_cast<double>(kLargestTransform)) || std::abs(low) > 1e6) return false;
    grid_.base[c] = static_cast<std::int32_t>(low);
    cells = std::max(cells, static_cast<std::size_t>(high - low) + 1);
  }
  const std::size_t size = transform_size(cells);
  if (size == 0 || places.rows() < size) return false;
  if (convolution_.size() != size) {
    convolution_ = make_convolution(size);
    grid_.coefficients = MatrixF(size / 2, size / 2);
  }
  sort_by_row(places);
  spread(places);
  convolution_.apply(grid_.coefficients);
  return true;
}

void GridRepulsion::sort_by_row(MatrixView<const float> places) {
  const std::size_t n = places.rows();
  const std::size_t rows = grid_.coefficients.rows();
  const std::size_t chunks = (n + kGrain - 1) / kGrain;
  std::vector<std::uint32_t> row_of(n);
  std::vector<std::uint32_t> next(chunks * rows, 0);
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    std::uint32_t* counts = next.data() + begin / kGrain * rows;
    for (std::size_t i = begin; i < end; ++i) {
      row_of[i] = static_cast<std::uint32_t>(cell_of(places(i, 1)).number - grid_.base[1]);
      ++counts[row_of[i]];
    }
  });
  row_begin_.assign(rows + 1, 0);
  std::uint32_t sum = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    row_begin_[row] = sum;
    for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
      const std::uint32_t count = next[chunk * rows + row];
      next[chunk * rows + row] = sum;
      sum += count;
    }
  }
  row_begin_[rows] = sum;
  order_.resize(n);
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    std::uint32_t* places_left = next.data() + begin / kGrain * rows;
    for (std::size_t i = begin; i < end; ++i)
      order_[places_left[row_of[i]]++] = static_cast<std::uint32_t>(i);
  });
}

// A band of rows takes what it needs from every point that touches it, in the order of order_: the
// sums do not depend on who works where.
void GridRepulsion::spread(MatrixView<const float> places) {
  MatrixF& grid = grid_.coefficients;
  const std::size_t side = grid.cols();
  parallel_for(side, kRowsPerBand, [&](std::size_t begin, std::size_t end) {
    std::memset(grid.row(begin), 0, (end - begin) * side * sizeof(float));
    const std::size_t first = row_begin_[begin < 2 ? 0 : begin - 2];
    const std::size_t last = row_begin_[std::min(end + 1, side)];
    for (std::size_t at = first; at < last; ++at) {
      const float* place = places.row(order_[at]);
      const Cell x = cell_of(place[0]);
      const Cell y = cell_of(place[1]);
      float across[kNodes];
      float down[kNodes];
      spline_weights(x.rest, across);
      spline_weights(y.rest, down);
      const Four weights = load_four(across);
      const auto column = static_cast<std::size_t>(x.number - grid_.base[0] - 1);
      const auto row = static_cast<std::size_t>(y.number - grid_.base[1] - 1);
      for (std::size_t i = 0; i < kNodes; ++i) {
        if (row + i < begin || row + i >= end) continue;
        float* nodes = grid.row(row + i) + column;
        const Four sum = load_four(nodes) + down[i] * weights;
        std::memcpy(nodes, &sum, sizeof sum);
      }
    }
  });
}

double GridRepulsion::forces(MatrixView<const float> places, MatrixF& forces) const {
  const std::size_t n = places.rows();
  std::vector<double> sums((n + kGrain - 1) / kGrain, 0.0);
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    double sum = 0.0;
    for (std::size_t at = begin; at < end; ++at) {
      const std::size_t i = order_[at];
      const Potential potential = grid_.at(places.row(i));
      // A point's own share is exactly 1.
      sum += double{potential.value} - 1.0;
      forces(i, 0) = -0.5F * potential.slope[0];
      forces(i, 1) = -0.5F * potential.slope[1];
    }
    sums[begin / kGrain] = sum;
  });
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace clipcluster::tsne
