// Eigen's own threads would not obey parallel_for.
#define EIGEN_DONT_PARALLELIZE
#include "naming/turned.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "clipcluster/random.h"
#include "naming/products.h"
#include "naming/shuffled.h"

namespace clipcluster::naming {
namespace {

constexpr std::size_t kTurns = 12;
// Enough for spreads to a fiftieth; what is compared with them is random anyway.
constexpr std::size_t kImages = 2048;

MatrixF evenly_spaced(MatrixView<const float> images) {
  const std::size_t count = std::min(images.rows(), kImages);
  MatrixF sample(count, images.cols());
  for (std::size_t i = 0; i < count; ++i) {
    const float* image = images.row(i * images.rows() / count);
    std::copy(image, image + images.cols(), sample.row(i));
  }
  return sample;
}

// Rows are the axes that the former ones become.
MatrixF random_rotation(std::size_t d, std::uint64_t seed, std::uint64_t number) {
  const CounterRandom random(seed, "naming turns");
  const auto size = static_cast<Eigen::Index>(d);
  Eigen::MatrixXd normals(size, size);
  for (Eigen::Index i = 0; i < size; ++i) {
    for (Eigen::Index j = 0; j < size; ++j)
      normals(i, j) = random.normal(static_cast<std::uint64_t>(i * size + j), number);
  }
  const Eigen::HouseholderQR<Eigen::MatrixXd> factors(normals);
  const Eigen::MatrixXd q = factors.householderQ();
  MatrixF rotation(d, d);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < d; ++j) {
      const auto column = static_cast<Eigen::Index>(j);
      // Without the signs of R's diagonal the rotation would depend on how the factors were worked out.
      const double sign = factors.matrixQR()(column, column) < 0.0 ? -1.0 : 1.0;
      rotation(i, j) = static_cast<float>(sign * q(static_cast<Eigen::Index>(i), column));
    }
  }
  return rotation;
}

std::vector<float> mean_of(MatrixView<const float> names) {
  std::vector<double> sums(names.cols(), 0.0);
  for (std::size_t v = 0; v < names.rows(); ++v) {
    for (std::size_t j = 0; j < names.cols(); ++j) sums[j] += names(v, j);
  }
  std::vector<float> mean;
  for (const double sum : sums) mean.push_back(static_cast<float>(sum / static_cast<double>(names.rows())));
  return mean;
}

// mean + (name - mean) turned.
MatrixF turn(MatrixView<const float> names, const std::vector<float>& mean, const MatrixF& rotation) {
  MatrixF deviations(names.rows(), names.cols());
  for (std::size_t v = 0; v < names.rows(); ++v) {
    for (std::size_t j = 0; j < names.cols(); ++j) deviations(v, j) = names(v, j) - mean[j];
  }
  MatrixF turned = products(deviations, rotation);
  for (std::size_t v = 0; v < turned.rows(); ++v) {
    for (std::size_t j = 0; j < turned.cols(); ++j) turned(v, j) += mean[j];
  }
  return turned;
}

TurnedScores means_and_deviation(const std::vector<std::vector<double>>& best) {
  TurnedScores result;
  const std::size_t clusters = best.front().size();
  const auto turns = static_cast<double>(best.size());
  double squares = 0.0;
  for (std::size_t k = 0; k < clusters; ++k) {
    double sum = 0.0;
    for (const auto& one : best) sum += one[k];
    result.mean.push_back(sum / turns);
    for (const auto& one : best) squares += (one[k] - result.mean[k]) * (one[k] - result.mean[k]);
  }
  result.deviation = std::max(std::sqrt(squares / (static_cast<double>(clusters) * (turns - 1.0))), 1e-6);
  return result;
}

}  // namespace

Result<TurnedScores> turned_scores(const MatrixF& contrasts, MatrixView<const float> images,
                                   MatrixView<const float> names, double smallest_spread,
                                   std::uint64_t seed, Progress& progress) {
  const MatrixF sample = evenly_spaced(images);
  const std::vector<float> mean = mean_of(names);
  std::vector<std::vector<double>> best;
  for (std::size_t number = 0; number < kTurns; ++number) {
    progress.report({"turning names", number, kTurns, "turns"});
    if (progress.cancelled()) return Status::cancelled();
    const MatrixF turned = turn(names, mean, random_rotation(names.cols(), seed, number));
    const MatrixF scores = scores_of(contrasts, turned, spreads(sample, turned, smallest_spread));
    best.emplace_back();
    for (std::size_t k = 0; k < scores.rows(); ++k)
      best.back().push_back(*std::max_element(scores.row(k), scores.row(k) + scores.cols()));
  }
  progress.report({"turning names", kTurns, kTurns, "turns"});
  return means_and_deviation(best);
}

}  // namespace clipcluster::naming
