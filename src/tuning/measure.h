// Scores of the candidates, all but the last one, the total.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "clipcluster/tuning.h"
#include "tuning/runs.h"
#include "tuning/samples.h"

namespace clipcluster::tuning {

// What is worked out once for all layouts.
struct Yardstick {
  std::vector<std::int32_t> silhouette_rows;
  MatrixF original_distances;  // between them
  std::vector<std::int32_t> consensus_rows;
  MatrixView<const std::int32_t> neighbors;
};
Yardstick make_yardstick(const Sample& whole, const TuningOptions& options);

// Runs of one layout setting: with several seeds over all points, the first being the one that is judged,
// and over subsamples.
struct LayoutRuns {
  std::vector<Run> seeds;
  std::vector<Run> subsamples;
};

struct Measured {
  TuningScores scores;
  std::vector<std::int32_t> labels;  // numbered in the order in which they come
  std::vector<std::int32_t> consensus_labels;
};

// By density setting.
std::vector<Measured> measure(const LayoutRuns& runs, std::span<const Sample> subsamples,
                              const Yardstick& yardstick, const TuningWishes& wishes);

// Fills in TuningScores::consensus.
void measure_consensus(std::span<Measured> measured);

double wish_distance(const TuningScores& scores, const TuningWishes& wishes);

}  // namespace clipcluster::tuning
