#include "tuning/measure.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "clipcluster/modularity.h"
#include "clipcluster/parallel.h"
#include "tuning/agreement.h"
#include "tuning/silhouette.h"

namespace clipcluster::tuning {
namespace {

// Enough for the second digit of a mean, and few enough for all pairs.
constexpr std::size_t kSilhouetteRows = 600;
constexpr std::size_t kConsensusRows = 1000;
constexpr std::size_t kModularityNeighbors = 15;

struct LexicographicallyLess {
  bool operator()(std::span<const std::int32_t> a, std::span<const std::int32_t> b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  }
};

std::vector<std::int32_t> numbered_as_they_come(std::vector<std::int32_t> labels) {
  std::map<std::int32_t, std::int32_t> numbers;
  for (std::int32_t& label : labels) {
    if (label < 0) continue;
    label = numbers.emplace(label, static_cast<std::int32_t>(numbers.size())).first->second;
  }
  return labels;
}

double seed_stability(const std::vector<Run>& runs, std::size_t setting, Agreement& agreement) {
  double sum = 0.0;
  std::size_t pairs = 0;
  for (std::size_t a = 0; a < runs.size(); ++a) {
    for (std::size_t b = a + 1; b < runs.size(); ++b, ++pairs)
      sum += agreement(runs[a].labels[setting], runs[b].labels[setting]);
  }
  return pairs == 0 ? 0.0 : sum / static_cast<double>(pairs);
}

double subsample_stability(const LayoutRuns& runs, std::span<const Sample> samples, std::size_t setting,
                           Agreement& agreement) {
  if (samples.empty()) return 0.0;
  double sum = 0.0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    sum += agreement(at_rows(runs.seeds[0].labels[setting], samples[i].rows),
                     runs.subsamples[i].labels[setting]);
  }
  return sum / static_cast<double>(samples.size());
}

// For each, the first that has the same labels: much of what follows is the same then, too.
std::vector<std::size_t> first_with_same_labels(std::span<const Measured> measured) {
  std::map<std::span<const std::int32_t>, std::size_t, LexicographicallyLess> known;
  std::vector<std::size_t> first;
  for (std::size_t i = 0; i < measured.size(); ++i)
    first.push_back(known.emplace(measured[i].labels, i).first->second);
  return first;
}

double largest_share(const std::vector<std::int32_t>& labels) {
  std::map<std::int32_t, std::size_t> sizes;
  std::size_t largest = 0;
  for (const std::int32_t label : labels) {
    if (label >= 0) largest = std::max(largest, ++sizes[label]);
  }
  return static_cast<double>(largest) / static_cast<double>(labels.size());
}

// What depends on the labels and the layout alone.
void describe(Measured& one, const MatrixF& layout_distances, const Yardstick& yardstick,
              const TuningWishes& wishes) {
  TuningScores& scores = one.scores;
  one.consensus_labels = at_rows(one.labels, yardstick.consensus_rows);
  scores.clusters = *std::max_element(one.labels.begin(), one.labels.end()) + 1;
  scores.noise_share = static_cast<double>(std::count(one.labels.begin(), one.labels.end(), -1)) /
                       static_cast<double>(one.labels.size());
  const std::vector<std::int32_t> some = at_rows(one.labels, yardstick.silhouette_rows);
  scores.layout_silhouette = silhouette(layout_distances, some);
  scores.original_silhouette = silhouette(yardstick.original_distances, some);
  const NeighborFigures neighbors = neighbor_figures(
      yardstick.neighbors, std::min(kModularityNeighbors, yardstick.neighbors.cols()), one.labels);
  scores.modularity = neighbors.modularity;
  scores.neighbors_kept = neighbors.kept;
  scores.largest_share = largest_share(one.labels);
  scores.wish_distance = wish_distance(scores, wishes);
}

void copy_description(const Measured& from, Measured& to) {
  to.consensus_labels = from.consensus_labels;
  to.scores.clusters = from.scores.clusters;
  to.scores.noise_share = from.scores.noise_share;
  to.scores.layout_silhouette = from.scores.layout_silhouette;
  to.scores.original_silhouette = from.scores.original_silhouette;
  to.scores.modularity = from.scores.modularity;
  to.scores.neighbors_kept = from.scores.neighbors_kept;
  to.scores.largest_share = from.scores.largest_share;
  to.scores.wish_distance = from.scores.wish_distance;
}

}  // namespace

double wish_distance(const TuningScores& scores, const TuningWishes& wishes) {
  const double clusters = scores.clusters;
  double distance = 0.0;
  if (wishes.fewest_clusters && scores.clusters < *wishes.fewest_clusters)
    distance += std::log(*wishes.fewest_clusters / std::max(clusters, 0.5));
  if (wishes.most_clusters && scores.clusters > *wishes.most_clusters)
    distance += std::log(clusters / *wishes.most_clusters);
  if (wishes.most_noise) distance += std::max(0.0, scores.noise_share - *wishes.most_noise);
  return distance;
}

Yardstick make_yardstick(const Sample& whole, const TuningOptions& options) {
  Yardstick yardstick;
  const std::size_t n = whole.points.rows();
  yardstick.silhouette_rows = some_rows(n, kSilhouetteRows, options.umap.seed);
  yardstick.original_distances =
      distances_between(whole.points, yardstick.silhouette_rows, options.umap.metric);
  yardstick.consensus_rows = some_rows(n, kConsensusRows, options.umap.seed);
  yardstick.neighbors = whole.neighbors.indices;
  return yardstick;
}

std::vector<Measured> measure(const LayoutRuns& runs, std::span<const Sample> subsamples,
                              const Yardstick& yardstick, const TuningWishes& wishes) {
  const Run& judged = runs.seeds.front();
  std::vector<Measured> measured(judged.labels.size());
  for (std::size_t i = 0; i < measured.size(); ++i) {
    measured[i].labels = numbered_as_they_come(judged.labels[i]);
    measured[i].scores.validity = judged.validity[i];
  }
  const std::vector<std::size_t> first = first_with_same_labels(measured);
  const MatrixF layout_distances =
      distances_between(judged.layout, yardstick.silhouette_rows, Metric::euclidean);
  parallel_for(measured.size(), 1, [&](std::size_t begin, std::size_t end) {
    Agreement agreement;
    for (std::size_t i = begin; i < end; ++i) {
      TuningScores& scores = measured[i].scores;
      if (first[i] == i) describe(measured[i], layout_distances, yardstick, wishes);
      scores.seed_stability = seed_stability(runs.seeds, i, agreement);
      scores.subsample_stability = subsample_stability(runs, subsamples, i, agreement);
    }
  });
  for (std::size_t i = 0; i < measured.size(); ++i) {
    if (first[i] != i) copy_description(measured[first[i]], measured[i]);
  }
  return measured;
}

void measure_consensus(std::span<Measured> measured) {
  const std::vector<std::size_t> first = first_with_same_labels(measured);
  std::vector<std::size_t> distinct;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    if (first[i] == i) distinct.push_back(i);
  }
  const std::size_t count = distinct.size();
  if (count < 2) return;
  parallel_for(count, 8, [&](std::size_t begin, std::size_t end) {
    Agreement agreement;
    for (std::size_t i = begin; i < end; ++i) {
      Measured& one = measured[distinct[i]];
      double sum = 0.0;
      for (std::size_t j = 0; j < count; ++j) {
        if (j != i) sum += agreement(one.consensus_labels, measured[distinct[j]].consensus_labels);
      }
      one.scores.consensus = sum / static_cast<double>(count - 1);
    }
  });
  for (std::size_t i = 0; i < measured.size(); ++i)
    measured[i].scores.consensus = measured[first[i]].scores.consensus;
}

}  // namespace clipcluster::tuning
