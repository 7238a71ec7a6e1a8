// Point sets and neighbours for the tests of UMAP's whole steps.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#include "clipcluster/random.h"
#include "clipcluster/umap.h"

namespace clipcluster::testing {

// Row i belongs to blob i % blobs.
inline MatrixF gaussian_blobs(std::size_t n, std::size_t d, std::size_t blobs, double apart = 10.0) {
  const CounterRandom random(11, "test blobs");
  MatrixF points(n, d);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t c = 0; c < d; ++c) {
      points(i, c) = static_cast<float>(apart * random.normal(i % blobs, c) + random.normal(i, 1000 + c));
    }
  }
  return points;
}

inline double squared_distance(const float* x, const float* y, std::size_t d) {
  double sum = 0.0;
  for (std::size_t c = 0; c < d; ++c) sum += (double{x[c]} - y[c]) * (double{x[c]} - y[c]);
  return sum;
}

// The share of rows whose nearest other row belongs to the same blob.
inline double nearest_in_same_blob(MatrixView<const float> rows, std::size_t blobs) {
  std::size_t good = 0;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    std::size_t nearest = i == 0 ? 1 : 0;
    for (std::size_t j = 0; j < rows.rows(); ++j) {
      if (j != i && squared_distance(rows.row(i), rows.row(j), rows.cols()) <
                        squared_distance(rows.row(i), rows.row(nearest), rows.cols())) {
        nearest = j;
      }
    }
    good += nearest % blobs == i % blobs ? 1 : 0;
  }
  return static_cast<double>(good) / static_cast<double>(rows.rows());
}

inline bool same_bytes(MatrixView<const float> x, MatrixView<const float> y) {
  return x.rows() == y.rows() && x.cols() == y.cols() &&
         std::memcmp(x.data(), y.data(), x.size() * sizeof(float)) == 0;
}

inline bool all_finite(MatrixView<const float> x) {
  return std::all_of(x.data(), x.data() + x.size(), [](float value) { return std::isfinite(value); });
}

}  // namespace clipcluster::testing
