#include "neighbors/partition/cells.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "neighbors/partition/dot_kernels.h"

namespace clipcluster::neighbors {
namespace {

constexpr int kIterations = 8;
constexpr std::size_t kRowsAtOnce = 32;

// One row of each of `count` equal shares of the rows.
MatrixF first_centres(MatrixView<const float> rows, std::size_t count, std::uint64_t seed) {
  const CounterRandom random(seed, "neighbour index cells");
  MatrixF centres(count, rows.cols());
  for (std::size_t c = 0; c < count; ++c) {
    const std::size_t begin = rows.rows() * c / count;
    const std::size_t share = rows.rows() * (c + 1) / count - begin;
    const std::size_t row = begin + random.below(static_cast<std::uint32_t>(share), c);
    std::copy_n(rows.row(row), rows.cols(), centres.row(c));
  }
  return centres;
}

// Rows in the order of their cells; those of cell c are [offsets[c], offsets[c + 1]).
struct Grouped {
  std::vector<std::size_t> offsets;
  std::vector<std::uint32_t> rows;
};

Grouped group(const std::vector<std::uint32_t>& cells, std::size_t count) {
  Grouped grouped{std::vector<std::size_t>(count + 1, 0), std::vector<std::uint32_t>(cells.size())};
  for (const std::uint32_t cell : cells) ++grouped.offsets[cell + 1];
  std::partial_sum(grouped.offsets.begin(), grouped.offsets.end(), grouped.offsets.begin());
  std::vector<std::size_t> next(grouped.offsets.begin(), grouped.offsets.end() - 1);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    grouped.rows[next[cells[i]]++] = static_cast<std::uint32_t>(i);
  }
  return grouped;
}

// Each centre moves to the mean of its rows; one without rows stays.
void move_centres(MatrixView<const float> rows, const std::vector<std::uint32_t>& cells, MatrixF& centres) {
  const Grouped grouped = group(cells, centres.rows());
  parallel_for(centres.rows(), 8, [&](std::size_t begin, std::size_t end) {
    std::vector<double> sums(rows.cols());
    for (std::size_t c = begin; c < end; ++c) {
      const std::size_t members = grouped.offsets[c + 1] - grouped.offsets[c];
      if (members == 0) continue;
      std::fill(sums.begin(), sums.end(), 0.0);
      for (std::size_t m = grouped.offsets[c]; m < grouped.offsets[c + 1]; ++m) {
        const float* row = rows.row(grouped.rows[m]);
        for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += row[k];
      }
      for (std::size_t k = 0; k < sums.size(); ++k) {
        centres(c, k) = static_cast<float>(sums[k] / static_cast<double>(members));
      }
    }
  });
}

float half_squared_norm(const float* row, std::size_t size) {
  double sum = 0.0;
  for (std::size_t k = 0; k < size; ++k) sum += double{row[k]} * row[k];
  return static_cast<float>(0.5 * sum);
}

}  // namespace

CellCentres pack_centres(MatrixView<const float> centres) {
  const std::size_t panel_count = (centres.rows() + kPanelColumns - 1) / kPanelColumns;
  MatrixF panels(panel_count, centres.cols() * kPanelColumns);
  MatrixF half_norms(1, panel_count * kPanelColumns);
  std::fill_n(half_norms.data(), half_norms.size(), std::numeric_limits<float>::infinity());
  for (std::size_t c = 0; c < centres.rows(); ++c) {
    for (std::size_t k = 0; k < centres.cols(); ++k) {
      panels(c / kPanelColumns, k * kPanelColumns + c % kPanelColumns) = centres(c, k);
    }
    half_norms(0, c) = half_squared_norm(centres.row(c), centres.cols());
  }
  return {std::move(panels), std::move(half_norms)};
}

void CellCentres::keys(const float* rows, std::size_t count, float* keys) const {
  dot_kernel()({rows, size(), count, panels.data(), panels.rows(), size()}, keys, padded());
  const float* halves = half_norms.data();
  for (std::size_t i = 0; i < count; ++i) {
    float* row_keys = keys + i * padded();
    for (std::size_t c = 0; c < padded(); ++c) row_keys[c] = halves[c] - row_keys[c];
  }
}

std::vector<std::uint32_t> nearest_cells(const CellCentres& centres, MatrixView<const float> rows) {
  std::vector<std::uint32_t> nearest(rows.rows());
  parallel_for(rows.rows(), kRowsAtOnce, [&](std::size_t begin, std::size_t end) {
    MatrixF keys(end - begin, centres.padded());
    centres.keys(rows.row(begin), end - begin, keys.data());
    for (std::size_t i = begin; i < end; ++i) {
      const auto row = keys.view().row_span(i - begin);
      nearest[i] = static_cast<std::uint32_t>(std::min_element(row.begin(), row.end()) - row.begin());
    }
  });
  return nearest;
}

MatrixF train_cells(MatrixView<const float> rows, std::size_t count, std::uint64_t seed) {
  MatrixF centres = first_centres(rows, std::min(count, rows.rows()), seed);
  for (int i = 0; i < kIterations; ++i) {
    move_centres(rows, nearest_cells(pack_centres(centres), rows), centres);
  }
  return centres;
}

MatrixF without_small_cells(MatrixView<const float> centres, const std::vector<std::uint32_t>& sizes,
                            std::uint32_t fewest) {
  std::vector<std::size_t> kept;
  for (std::size_t c = 0; c < centres.rows(); ++c) {
    if (sizes[c] >= fewest) kept.push_back(c);
  }
  if (kept.empty()) {
    kept.push_back(static_cast<std::size_t>(std::max_element(sizes.begin(), sizes.end()) - sizes.begin()));
  }
  MatrixF result(kept.size(), centres.cols());
  for (std::size_t c = 0; c < kept.size(); ++c) {
    std::copy_n(centres.row(kept[c]), centres.cols(), result.row(c));
  }
  return result;
}

}  // namespace clipcluster::neighbors
