#include "reduce/umap/component_places.h"

#include <Eigen/Dense>
#include <cmath>

#include "clipcluster/random.h"

namespace clipcluster::umap {
namespace {

// Beyond this the dense eigenproblem costs more than the places are worth.
constexpr std::size_t kMostPieces = 1000;

MatrixF places_on_axes(std::size_t pieces, std::size_t dim) {
  MatrixF places(pieces, dim);
  const std::size_t half = (pieces + 1) / 2;
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    if (piece < half) {
      places(piece, piece) = 1.0F;
    } else {
      places(piece, piece - half) = -1.0F;
    }
  }
  return places;
}

MatrixF random_places(std::size_t pieces, std::size_t dim, std::uint64_t seed) {
  const CounterRandom random(seed, "umap component places");
  MatrixF places(pieces, dim);
  for (std::size_t i = 0; i < places.size(); ++i) places.data()[i] = static_cast<float>(random.uniform(i));
  return places;
}

Eigen::MatrixXd centroids(const Components& components, MatrixView<const float> points) {
  const auto pieces = static_cast<Eigen::Index>(components.members.size());
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(pieces, static_cast<Eigen::Index>(points.cols()));
  for (Eigen::Index piece = 0; piece < pieces; ++piece) {
    const auto& members = components.members[static_cast<std::size_t>(piece)];
    for (const std::int32_t member : members) {
      const float* row = points.row(static_cast<std::size_t>(member));
      for (Eigen::Index c = 0; c < result.cols(); ++c) result(piece, c) += row[c];
    }
    result.row(piece) /= static_cast<double>(members.size());
  }
  return result;
}

double squared_distance(const Eigen::MatrixXd& rows, Eigen::Index i, Eigen::Index j, Metric metric) {
  if (metric == Metric::euclidean) return (rows.row(i) - rows.row(j)).squaredNorm();
  const double lengths = rows.row(i).norm() * rows.row(j).norm();
  const double cosine = lengths > 0.0 ? rows.row(i).dot(rows.row(j)) / lengths : 0.0;
  return (1.0 - cosine) * (1.0 - cosine);
}

Eigen::MatrixXd affinities(const Eigen::MatrixXd& rows, Metric metric) {
  const Eigen::Index n = rows.rows();
  Eigen::MatrixXd squared = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < i; ++j) {
      squared(i, j) = squared(j, i) = squared_distance(rows, i, j, metric);
    }
  }
  const double mean = squared.sum() / static_cast<double>(n * (n - 1));
  if (mean > 0.0) squared /= mean;
  return (-squared.array()).exp().matrix();
}

// Laplacian eigenmaps as scikit-learn's SpectralEmbedding has them: eigenvectors divided by the root
// of the degree.
MatrixF eigenmap(const Eigen::MatrixXd& affinity, std::size_t dim) {
  const Eigen::Index n = affinity.rows();
  Eigen::MatrixXd weights = affinity;
  weights.diagonal().setZero();
  const Eigen::VectorXd inverse_root = weights.rowwise().sum().array().max(1e-300).rsqrt().matrix();
  const Eigen::MatrixXd laplacian =
      Eigen::MatrixXd::Identity(n, n) - inverse_root.asDiagonal() * weights * inverse_root.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(laplacian);
  const Eigen::MatrixXd vectors =
      inverse_root.asDiagonal() * solver.eigenvectors().middleCols(1, static_cast<Eigen::Index>(dim));
  const double largest = vectors.cwiseAbs().maxCoeff();
  MatrixF places(static_cast<std::size_t>(n), dim);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index c = 0; c < vectors.cols(); ++c) {
      places.row(static_cast<std::size_t>(i))[c] = static_cast<float>(vectors(i, c) / largest);
    }
  }
  return places;
}

bool usable(const MatrixF& places) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!std::isfinite(places.data()[i])) return false;
  }
  return true;
}

}  // namespace

MatrixF component_places(const Components& components, MatrixView<const float> points,
                         const UmapOptions& options) {
  const std::size_t pieces = components.members.size();
  const auto dim = static_cast<std::size_t>(options.n_components);
  if (pieces <= 2 * dim) return places_on_axes(pieces, dim);
  if (pieces > kMostPieces) return random_places(pieces, dim, options.seed);
  MatrixF places = eigenmap(affinities(centroids(components, points), options.metric), dim);
  return usable(places) ? std::move(places) : random_places(pieces, dim, options.seed);
}

}  // namespace clipcluster::umap
