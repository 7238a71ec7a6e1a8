#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"

namespace clipcluster::hdbscan {

inline bool is_finite_row(const double* row, std::size_t cols) {
  for (std::size_t j = 0; j < cols; ++j) {
    if (!std::isfinite(row[j])) return false;
  }
  return true;
}

// The rows without NaN or infinity, ascending.
inline std::vector<std::int32_t> finite_rows(MatrixView<const double> points) {
  std::vector<std::int32_t> rows;
  rows.reserve(points.rows());
  for (std::size_t i = 0; i < points.rows(); ++i) {
    if (is_finite_row(points.row(i), points.cols())) rows.push_back(static_cast<std::int32_t>(i));
  }
  return rows;
}

}  // namespace clipcluster::hdbscan
