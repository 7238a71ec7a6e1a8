// Comparing a clustering with known classes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "clipcluster/status.h"

namespace clipcluster {

struct ClusteringScores {
  double adjusted_rand_index = 0.0;            // Hubert and Arabie 1985
  double adjusted_mutual_information = 0.0;    // Vinh, Epps, Bailey 2010, arithmetic mean, as scikit-learn
  double normalized_mutual_information = 0.0;  // arithmetic mean
  double purity = 0.0;
  std::size_t count = 0;  // points compared; if none, every score is 0
};

struct Evaluation {
  ClusteringScores with_noise;     // noise (-1) counts as one more cluster
  ClusteringScores without_noise;  // noise left out
  double noise_share = 0.0;
  int clusters = 0;  // without noise
  int classes = 0;
};

// labels, classes: one entry per point, same length >= 1. labels < 0 is noise. classes are any
// integers.
Result<Evaluation> evaluate_clustering(std::span<const std::int32_t> labels,
                                       std::span<const std::int32_t> classes);

// How often an image is right about its cluster, beside how confident it is. Expected calibration error:
// Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI
// 2015.
struct ReliabilityBin {
  double confidence = 0.0;  // mean in the bin
  double accuracy = 0.0;    // share of those whose class is the one that most of their cluster have
  std::size_t count = 0;
};
struct Reliability {
  std::vector<ReliabilityBin> bins;  // of ten of equal width over 0..1 those with points, ascending
  double expected_calibration_error = 0.0;
};

// One entry per point each; points with labels < 0 do not count. invalid_argument when the lengths differ
// or a confidence is not in 0..1.
Result<Reliability> measure_reliability(std::span<const std::int32_t> labels,
                                        std::span<const std::int32_t> classes,
                                        std::span<const double> confidences);

}  // namespace clipcluster
