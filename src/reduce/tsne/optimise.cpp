#include "reduce/tsne/optimise.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "clipcluster/parallel.h"
#include "reduce/tsne/attraction.h"
#include "reduce/tsne/descent.h"
#include "reduce/tsne/repulsion.h"

namespace clipcluster::tsne {
namespace {

constexpr std::size_t kGrain = 256;

struct Motion {
  MatrixF gains;
  MatrixF steps;

  Motion(std::size_t n, std::size_t dimensions) : gains(n, dimensions), steps(n, dimensions) {
    std::fill_n(gains.data(), gains.size(), 1.0F);
  }
};

double learning_rate_of(const TsneOptions& options, std::size_t n) {
  return options.learning_rate.value_or(
      std::max(static_cast<double>(n) / options.early_exaggeration / 4.0, 50.0));
}

Attraction attraction_of(const Affinities& affinities, const MatrixF& places) {
  return {affinities.offsets.data(), affinities.columns.data(), affinities.values.data(), places.data()};
}

class Descent {
 public:
  Descent(const Affinities& affinities, const TsneOptions& options, MatrixF& places)
      : affinities_(affinities),
        places_(places),
        repulsion_(options.method, options.angle),
        learning_rate_(static_cast<float>(learning_rate_of(options, places.rows()))),
        pushes_(places.rows(), places.cols()),
        moved_(places.rows(), places.cols()) {}

  void iterate(float exaggeration, float momentum, Motion& motion) {
    const double sum = std::max(repulsion_.forces(places_, pushes_), 1e-30);
    const auto push = static_cast<float>(1.0 / sum);
    const AttractFunction attract = attract_function(places_.cols());
    const Attraction attraction = attraction_of(affinities_, places_);
    const std::size_t dimensions = places_.cols();
    parallel_for(places_.rows(), kGrain, [&](std::size_t begin, std::size_t end) {
      attract(attraction, begin, end, moved_.data());
      for (std::size_t at = begin * dimensions; at < end * dimensions; ++at) {
        const float gradient = 4.0F * (exaggeration * moved_.data()[at] - push * pushes_.data()[at]);
        float place = places_.data()[at];
        descend(gradient, momentum, learning_rate_, motion.gains.data()[at], motion.steps.data()[at],
                place);
        moved_.data()[at] = place;
      }
    });
    // The others' places of this iteration are read until all have moved.
    std::swap(places_, moved_);
  }

  double divergence();

 private:
  const Affinities& affinities_;
  MatrixF& places_;
  Repulsion repulsion_;
  float learning_rate_;
  MatrixF pushes_;
  MatrixF moved_;
};

// Sum of p log(p / q) = -entropy + sum of p log(1 + d^2) + log of the sum of q; the p sum to 1.
double Descent::divergence() {
  const double sum = std::max(repulsion_.forces(places_, pushes_), 1e-30);
  const std::size_t n = places_.rows();
  std::vector<double> parts((n + kGrain - 1) / kGrain, 0.0);
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    double part = 0.0;
    for (std::size_t i = begin; i < end; ++i) {
      for (std::int64_t at = affinities_.offsets[i]; at < affinities_.offsets[i + 1]; ++at) {
        const auto j = static_cast<std::size_t>(affinities_.columns[static_cast<std::size_t>(at)]);
        double square = 0.0;
        for (std::size_t c = 0; c < places_.cols(); ++c) {
          const double difference = double{places_(i, c)} - double{places_(j, c)};
          square += difference * difference;
        }
        part += double{affinities_.values[static_cast<std::size_t>(at)]} * std::log1p(square);
      }
    }
    parts[begin / kGrain] = part;
  });
  double cost = 0.0;
  for (const double part : parts) cost += part;
  return cost - affinities_.entropy + std::log(sum);
}

}  // namespace

Result<double> optimise(const Affinities& affinities, const TsneOptions& options, MatrixF& places,
                        Progress& progress) {
  Descent descent(affinities, options, places);
  Motion motion(places.rows(), places.cols());
  const auto total = static_cast<std::uint64_t>(options.n_iter);
  for (int iteration = 0; iteration < options.n_iter; ++iteration) {
    progress.report({"layout", static_cast<std::uint64_t>(iteration), total, "iterations"});
    if (progress.cancelled()) return Status::cancelled();
    const bool early = iteration < options.early_exaggeration_iter;
    // scikit-learn's second phase forgets gains and moves of the first.
    if (iteration == options.early_exaggeration_iter) motion = Motion(places.rows(), places.cols());
    descent.iterate(early ? static_cast<float>(options.early_exaggeration) : 1.0F,
                    early ? kEarlyMomentum : kMomentum, motion);
  }
  progress.report({"layout", total, total, "iterations"});
  return descent.divergence();
}

}  // namespace clipcluster::tsne
