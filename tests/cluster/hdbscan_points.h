// Point sets for the HDBSCAN tests.
#pragma once

#include "clipcluster/matrix.h"
#include "clipcluster/random.h"

namespace clipcluster::testing {

// Blobs of differing width, with one point in eight anywhere.
inline Matrix<double> blob_points(std::size_t n, std::size_t d, std::uint64_t seed, std::size_t blobs = 5) {
  const CounterRandom random(seed, "test blobs");
  Matrix<double> points(n, d);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t blob = i % blobs;
    for (std::size_t j = 0; j < d; ++j) {
      const double centre = 10.0 * random.uniform(1000000 + blob, j);
      points(i, j) = i % 8 == 3 ? 10.0 * random.uniform(i, j)
                                : centre + (0.2 + 0.1 * static_cast<double>(blob)) * random.normal(i, j);
    }
  }
  return points;
}

// Whole numbers from a small range: many exact duplicates and many equal distances.
inline Matrix<double> grid_points(std::size_t n, std::size_t d, std::uint64_t seed, std::uint32_t range) {
  const CounterRandom random(seed, "test grid");
  Matrix<double> points(n, d);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < d; ++j) points(i, j) = random.below(range, i, j);
  }
  return points;
}

}  // namespace clipcluster::testing
