#include "clip_like.h"

#include <cmath>
#include <vector>

#include "clipcluster/parallel.h"
#include "clipcluster/random.h"

namespace clipcluster::bench {
namespace {

constexpr std::size_t kClusters = 60;
constexpr std::size_t kLatent = 64;  // intrinsic dimensions within a cluster
constexpr double kNoiseShare = 0.1;
constexpr float kCone = 1.2F;        // length of what all points share, against unit-length cluster centres
constexpr float kRoughness = 0.15F;  // length of what fills all dimensions

float gaussian(const CounterRandom& random, std::size_t i, std::size_t j) {
  return static_cast<float>(random.normal(i, j));
}

// [rows, d], each row a random direction of about unit length.
MatrixF directions(std::size_t rows, std::size_t d, std::uint64_t seed, const char* purpose) {
  const CounterRandom random(seed, purpose);
  MatrixF result(rows, d);
  const float scale = 1.0F / std::sqrt(static_cast<float>(d));
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < d; ++j) result(i, j) = scale * gaussian(random, i, j);
  }
  return result;
}

void make_unit(float* row, std::size_t d) {
  double squares = 0.0;
  for (std::size_t j = 0; j < d; ++j) squares += double{row[j]} * row[j];
  const auto scale = static_cast<float>(1.0 / std::sqrt(squares));
  for (std::size_t j = 0; j < d; ++j) row[j] *= scale;
}

}  // namespace

MatrixF clip_like_points(std::size_t n, std::size_t d, std::uint64_t seed) {
  const MatrixF cone = directions(1, d, seed, "cone");
  const MatrixF centres = directions(kClusters, d, seed, "centres");
  const MatrixF basis = directions(kLatent, d, seed, "basis");
  const CounterRandom choice(seed, "choice");
  const CounterRandom latent(seed, "latent");
  const CounterRandom rough(seed, "rough");
  MatrixF points(n, d);
  parallel_for(n, 64, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const double u = choice.uniform(i, 1);
      const auto cluster = static_cast<std::size_t>(u * u * kClusters);  // sizes differ about 15-fold
      const bool noise = choice.uniform(i, 2) < kNoiseShare;
      const float density = 0.3F + 0.5F * static_cast<float>(choice.uniform(cluster, 3));
      const float spread = (noise ? 1.2F : density) / std::sqrt(static_cast<float>(kLatent));
      float* row = points.row(i);
      for (std::size_t j = 0; j < d; ++j) {
        row[j] = kCone * cone(0, j) + (noise ? 0.0F : centres(cluster, j)) +
                 kRoughness / std::sqrt(static_cast<float>(d)) * gaussian(rough, i, j);
      }
      for (std::size_t l = 0; l < kLatent; ++l) {
        const float weight = spread * gaussian(latent, i, l);
        for (std::size_t j = 0; j < d; ++j) row[j] += weight * basis(l, j);
      }
      make_unit(row, d);
    }
  });
  return points;
}

}  // namespace clipcluster::bench
