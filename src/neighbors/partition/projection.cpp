#include "neighbors/partition/projection.h"

#include <algorithm>
#include <cmath>

#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "neighbors/kernels/row_kernels.h"
#include "neighbors/partition/dot_kernels.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kMostDirections = 128;
constexpr int kIterations = 5;
constexpr std::size_t kRowsAtOnce = 32;
// Directions are added, sixteen at a time, until they hold this share of the variance.
constexpr double kVarianceKept = 0.99;
constexpr double kMostOverMedian = 3.0;

std::size_t panels_for(std::size_t columns) { return (columns + kPanelColumns - 1) / kPanelColumns; }

// Columns of a [depth, columns] matrix as panels.
MatrixF packed_columns(MatrixView<const float> matrix) {
  MatrixF panels(panels_for(matrix.cols()), matrix.rows() * kPanelColumns);
  for (std::size_t k = 0; k < matrix.rows(); ++k) {
    for (std::size_t c = 0; c < matrix.cols(); ++c) {
      panels(c / kPanelColumns, k * kPanelColumns + c % kPanelColumns) = matrix(k, c);
    }
  }
  return panels;
}

// left * right, [n, depth] x [depth, m], m a multiple of 16.
MatrixF product(MatrixView<const float> left, MatrixView<const float> right) {
  const MatrixF panels = packed_columns(right);
  const DotFunction dot = dot_kernel();
  MatrixF result(left.rows(), right.cols());
  parallel_for(left.rows(), kRowsAtOnce, [&](std::size_t begin, std::size_t end) {
    dot({left.row(begin), left.cols(), end - begin, panels.data(), panels.rows(), left.cols()},
        result.row(begin), result.cols());
  });
  return result;
}

MatrixF transposed(MatrixView<const float> matrix) {
  MatrixF result(matrix.cols(), matrix.rows());
  for (std::size_t i = 0; i < matrix.rows(); ++i) {
    for (std::size_t j = 0; j < matrix.cols(); ++j) result(j, i) = matrix(i, j);
  }
  return result;
}

double dot_in_double(std::span<const double> x, std::span<const double> y) {
  double sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  return sum;
}

// Gram-Schmidt, each vector twice against those before it; one that vanishes becomes 0. Vectors are rows.
void orthonormalise(MatrixF& vectors) {
  Matrix<double> basis(vectors.rows(), vectors.cols());
  for (std::size_t i = 0; i < vectors.rows(); ++i) {
    const auto vector = basis.view().row_span(i);
    std::copy(vectors.row(i), vectors.row(i) + vectors.cols(), vector.begin());
    const double before = std::sqrt(dot_in_double(vector, vector));
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t j = 0; j < i; ++j) {
        const auto other = basis.view().row_span(j);
        const double along = dot_in_double(vector, other);
        for (std::size_t k = 0; k < vector.size(); ++k) vector[k] -= along * other[k];
      }
    }
    const double norm = std::sqrt(dot_in_double(vector, vector));
    const double factor = norm > 1e-5 * before ? 1.0 / norm : 0.0;
    for (std::size_t k = 0; k < vector.size(); ++k) {
      vector[k] *= factor;
      vectors(i, k) = static_cast<float>(vector[k]);
    }
  }
}

MatrixF identity_basis(std::size_t d) {
  MatrixF basis(d, panels_for(d) * kPanelColumns);
  for (std::size_t k = 0; k < d; ++k) basis(k, k) = 1.0F;
  return basis;
}

// [directions, d]
MatrixF random_directions(std::size_t directions, std::size_t d, std::uint64_t seed) {
  const CounterRandom random(seed, "neighbour index directions");
  MatrixF result(directions, d);
  for (std::size_t i = 0; i < directions; ++i) {
    for (std::size_t k = 0; k < d; ++k) result(i, k) = static_cast<float>(random.normal(i, k));
  }
  return result;
}

double sum_of_squares(MatrixView<const float> rows) {
  double sum = 0.0;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    for (const float x : rows.row_span(i)) sum += double{x} * x;
  }
  return sum;
}

// How many of the directions (columns of `places`, strongest first as subspace iteration orders them) hold
// enough of the variance.
std::size_t directions_needed(MatrixView<const float> places, double total) {
  std::vector<double> along(places.cols(), 0.0);
  for (std::size_t i = 0; i < places.rows(); ++i) {
    for (std::size_t c = 0; c < along.size(); ++c) along[c] += double{places(i, c)} * places(i, c);
  }
  double held = 0.0;
  std::size_t count = 0;
  while (count < along.size() && held < kVarianceKept * total) {
    for (std::size_t end = count + kPanelColumns; count < end; ++count) held += along[count];
  }
  return std::max(count, kPanelColumns);
}

// [d, directions] for centred rows z: [sample, d].
MatrixF principal_basis(MatrixView<const float> z, std::uint64_t seed) {
  const MatrixF z_transposed = transposed(z);
  MatrixF directions = random_directions(kMostDirections, z.cols(), seed);
  orthonormalise(directions);
  MatrixF places;
  for (int i = 0; i < kIterations; ++i) {
    places = product(z, transposed(directions));
    directions = transposed(product(z_transposed, places));
    orthonormalise(directions);
  }
  places = product(z, transposed(directions));
  const std::size_t kept = directions_needed(places, sum_of_squares(z));
  return transposed(directions.view().rows_between(0, kept));
}

// The median in each column: a few outliers do not move it.
void write_medians(const ScaledRows& points, const std::vector<std::uint32_t>& numbers, MatrixF& medians) {
  if (numbers.empty()) return;
  parallel_for(medians.cols(), 8, [&](std::size_t begin, std::size_t end) {
    std::vector<float> column(numbers.size());
    const auto middle = column.begin() + static_cast<std::ptrdiff_t>(column.size() / 2);
    for (std::size_t k = begin; k < end; ++k) {
      for (std::size_t i = 0; i < column.size(); ++i) {
        column[i] = points.rows(numbers[i], k) * points.scales[numbers[i]];
      }
      std::nth_element(column.begin(), middle, column.end());
      medians(0, k) = *middle;
    }
  });
}

// Rows that are much longer than most would rule the directions.
void shorten_outliers(MatrixF& z) {
  std::vector<double> norms(z.rows());
  for (std::size_t i = 0; i < z.rows(); ++i)
    norms[i] = std::sqrt(sum_of_squares(z.view().rows_between(i, i + 1)));
  std::vector<double> sorted = norms;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  const double most = kMostOverMedian * *middle;
  for (std::size_t i = 0; i < z.rows(); ++i) {
    if (norms[i] <= most) continue;
    const auto factor = static_cast<float>(most / norms[i]);
    for (float& x : z.view().row_span(i)) x *= factor;
  }
}

}  // namespace

void Projection::centred(const float* row, float scale, float* z) const {
  const float* origin = centre.data();
  for (std::size_t k = 0; k < dimensions(); ++k) z[k] = row[k] * scale - origin[k];
}

void Projection::project(const float* z, std::size_t count, float* out) const {
  dot_kernel()({z, dimensions(), count, panels.data(), panels.rows(), dimensions()}, out, size());
}

Projection fit_projection(const ScaledRows& points, const std::vector<std::uint32_t>& sample,
                          std::uint64_t seed) {
  const std::size_t d = points.rows.cols();
  std::vector<std::uint32_t> used;
  std::copy_if(sample.begin(), sample.end(), std::back_inserter(used),
               [&](std::uint32_t i) { return points.scales[i] != 0.0F; });
  Projection projection;
  MatrixF centre(1, d);
  write_medians(points, used, centre);
  projection.centre = std::move(centre);
  if (d <= kMostDirections) {
    projection.panels = packed_columns(identity_basis(d));
    return projection;
  }
  MatrixF z(used.size(), d);
  for (std::size_t i = 0; i < used.size(); ++i) {
    projection.centred(points.rows.row(used[i]), points.scales[used[i]], z.row(i));
  }
  shorten_outliers(z);
  projection.panels = packed_columns(principal_basis(z, seed));
  return projection;
}

ProjectedRows project_rows(const Projection& projection, const ScaledRows& points,
                           const std::vector<std::uint32_t>& numbers) {
  const std::size_t d = projection.dimensions();
  const RowKernels kernels = row_kernels();
  ProjectedRows projected{MatrixF(numbers.size(), projection.size()), std::vector<float>(numbers.size())};
  parallel_for(numbers.size(), kRowsAtOnce, [&](std::size_t begin, std::size_t end) {
    MatrixF z(end - begin, d);
    for (std::size_t i = begin; i < end; ++i) {
      const std::uint32_t number = numbers[i];
      projection.centred(points.rows.row(number), points.scales[number], z.row(i - begin));
      projected.half_norms[i] = static_cast<float>(0.5 * kernels.sum_of_squares(z.row(i - begin), d));
    }
    projection.project(z.data(), end - begin, projected.rows.row(begin));
  });
  return projected;
}

}  // namespace clipcluster::neighbors
