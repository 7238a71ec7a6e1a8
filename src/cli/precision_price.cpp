#include "cli/precision_price.h"

#include <algorithm>
#include <vector>

#include "clipcluster/neighbors.h"

namespace clipcluster::cli {
namespace {

constexpr int kNeighbors = 10;

double cosine(const float* a, const float* b, std::size_t size) {
  double dot = 0.0;
  for (std::size_t i = 0; i < size; ++i) dot += static_cast<double>(a[i]) * b[i];
  return dot;
}

// The image itself comes first in both and is not counted.
std::size_t common(const MatrixI& a, const MatrixI& b, std::size_t row) {
  std::size_t same = 0;
  for (std::size_t i = 1; i < a.cols(); ++i) {
    same += static_cast<std::size_t>(std::count(b.row(row) + 1, b.row(row) + b.cols(), a(row, i)));
  }
  return same;
}

}  // namespace

Result<PrecisionPrice> precision_price(Precision precision, MatrixView<const float> f32,
                                       MatrixView<const float> other) {
  PrecisionPrice price;
  price.precision = precision;
  std::vector<double> cosines;
  double sum = 0.0;
  for (std::size_t i = 0; i < f32.rows(); ++i) {
    cosines.push_back(std::min(1.0, cosine(f32.row(i), other.row(i), f32.cols())));
    sum += cosines.back();
  }
  std::sort(cosines.begin(), cosines.end());
  price.least_cosine = cosines.front();
  price.cosine_quantile = cosines[cosines.size() / 100];
  price.mean_cosine = sum / static_cast<double>(cosines.size());

  price.neighbors = static_cast<int>(std::min<std::size_t>(kNeighbors, f32.rows() - 1));
  if (price.neighbors == 0) return price;
  const NeighborOptions options{price.neighbors + 1, Metric::cosine, NeighborSearch::exact};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborLists wanted, nearest_neighbors(f32, options));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborLists found, nearest_neighbors(other, options));
  std::size_t same = 0;
  for (std::size_t i = 0; i < f32.rows(); ++i) same += common(wanted.indices, found.indices, i);
  price.same_neighbors = static_cast<double>(same) / (static_cast<double>(f32.rows()) * price.neighbors);
  return price;
}

}  // namespace clipcluster::cli
