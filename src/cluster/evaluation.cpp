#include "clipcluster/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>
#include <vector>

namespace clipcluster {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

// How often each cluster meets each class; only the pairs that occur.
struct Contingency {
  std::vector<double> cells;
  std::vector<std::size_t> cell_clusters;
  std::vector<std::size_t> cell_classes;
  std::vector<double> clusters;  // row sums
  std::vector<double> classes;   // column sums
  double total = 0.0;
};

// Replaces values by 0, 1, ... in ascending order and returns how many there are.
std::size_t renumber(std::vector<std::int32_t>& values) {
  std::vector<std::int32_t> distinct = values;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (std::int32_t& value : values) {
    const auto found = std::lower_bound(distinct.begin(), distinct.end(), value);
    value = static_cast<std::int32_t>(found - distinct.begin());
  }
  return distinct.size();
}

Contingency count_pairs(std::vector<std::int32_t> labels, std::vector<std::int32_t> classes) {
  Contingency table;
  table.clusters.assign(renumber(labels), 0.0);
  table.classes.assign(renumber(classes), 0.0);
  table.total = static_cast<double>(labels.size());
  std::vector<std::pair<std::int32_t, std::int32_t>> pairs(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) pairs[i] = {labels[i], classes[i]};
  std::sort(pairs.begin(), pairs.end());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto [cluster, cls] = pairs[i];
    if (i == 0 || pairs[i] != pairs[i - 1]) {
      table.cells.push_back(0.0);
      table.cell_clusters.push_back(static_cast<std::size_t>(cluster));
      table.cell_classes.push_back(static_cast<std::size_t>(cls));
    }
    table.cells.back() += 1.0;
    table.clusters[static_cast<std::size_t>(cluster)] += 1.0;
    table.classes[static_cast<std::size_t>(cls)] += 1.0;
  }
  return table;
}

double sum_of_squares(const std::vector<double>& counts) {
  double sum = 0.0;
  for (const double count : counts) sum += count * count;
  return sum;
}

// Hubert and Arabie 1985, from the 2x2 table of pairs of points, as scikit-learn computes it. In
// double: products of pair counts reach n^4, beyond 64-bit integers at n = 1e6.
double adjusted_rand_index(const Contingency& table) {
  const double squares = sum_of_squares(table.cells);
  const double both = squares - table.total;                             // together in both
  const double cluster_only = sum_of_squares(table.clusters) - squares;  // together in one cluster
  const double class_only = sum_of_squares(table.classes) - squares;     // together in one class
  const double neither = table.total * table.total - both - cluster_only - class_only - table.total;
  if (cluster_only == 0.0 && class_only == 0.0) return 1.0;
  return 2.0 * (both * neither - cluster_only * class_only) /
         ((both + cluster_only) * (cluster_only + neither) + (both + class_only) * (class_only + neither));
}

double entropy(const std::vector<double>& counts, double total) {
  if (counts.size() < 2) return 0.0;
  double sum = 0.0;
  for (const double count : counts) sum -= count / total * (std::log(count) - std::log(total));
  return sum;
}

double mutual_information(const Contingency& table) {
  double sum = 0.0;
  for (std::size_t i = 0; i < table.cells.size(); ++i) {
    const double log_ratio = std::log(table.cells[i]) + std::log(table.total) -
                             std::log(table.clusters[table.cell_clusters[i]]) -
                             std::log(table.classes[table.cell_classes[i]]);
    sum += table.cells[i] / table.total * log_ratio;
  }
  return std::max(sum, 0.0);
}

// log of the hypergeometric probability that `overlap` of a marked points fall among b drawn from n.
double log_hypergeometric(double overlap, double a, double b, double n) {
  return std::lgamma(a + 1) + std::lgamma(b + 1) + std::lgamma(n - a + 1) + std::lgamma(n - b + 1) -
         std::lgamma(n + 1) - std::lgamma(overlap + 1) - std::lgamma(a - overlap + 1) -
         std::lgamma(b - overlap + 1) - std::lgamma(n - a - b + overlap + 1);
}

// What a cluster of size a and a class of size b share on average when labels are shuffled: equation
// 24a of Vinh, Epps, Bailey 2010. The distribution is log-concave, so walking outwards from its mode
// by the ratio of neighbouring terms, until they no longer count, is exact to rounding and needs
// one exponential.
double expected_information(double a, double b, double n) {
  const double lowest = std::max(0.0, a + b - n);
  const double highest = std::min(a, b);
  const double mode = std::clamp(std::floor((a + 1) * (b + 1) / (n + 2)), lowest, highest);
  const double at_mode = std::exp(log_hypergeometric(mode, a, b, n));
  const double negligible = at_mode * 1e-22;
  const double log_scale = std::log(n) - std::log(a) - std::log(b);
  const auto term = [&](double overlap, double probability) {
    return overlap == 0.0 ? 0.0 : overlap / n * (log_scale + std::log(overlap)) * probability;
  };
  double sum = term(mode, at_mode);
  double probability = at_mode;
  for (double x = mode; x < highest && probability > negligible; ++x) {
    probability *= (a - x) / (x + 1) * ((b - x) / (n - a - b + x + 1));
    sum += term(x + 1, probability);
  }
  probability = at_mode;
  for (double x = mode; x > lowest && probability > negligible; --x) {
    probability *= x / (a - x + 1) * ((n - a - b + x) / (b - x + 1));
    sum += term(x - 1, probability);
  }
  return sum;
}

std::map<double, double> tally(const std::vector<double>& counts) {
  std::map<double, double> times;
  for (const double count : counts) times[count] += 1.0;
  return times;
}

// Equal sizes contribute equally, so each pair of distinct sizes is computed once.
double expected_mutual_information(const Contingency& table) {
  const auto class_sizes = tally(table.classes);
  double sum = 0.0;
  for (const auto& [a, a_times] : tally(table.clusters)) {
    for (const auto& [b, b_times] : class_sizes) {
      sum += a_times * b_times * expected_information(a, b, table.total);
    }
  }
  return sum;
}

double purity(const Contingency& table) {
  std::map<std::size_t, double> largest;
  for (std::size_t i = 0; i < table.cells.size(); ++i) {
    double& best = largest[table.cell_clusters[i]];
    best = std::max(best, table.cells[i]);
  }
  double sum = 0.0;
  for (const auto& [cluster, count] : largest) sum += count;
  return sum / table.total;
}

// scikit-learn's guard against a vanishing denominator, with its sign kept.
double away_from_zero(double value) {
  return value < 0.0 ? std::min(value, -kEpsilon) : std::max(value, kEpsilon);
}

ClusteringScores score(std::vector<std::int32_t> labels, std::vector<std::int32_t> classes) {
  ClusteringScores scores;
  scores.count = labels.size();
  if (labels.empty()) return scores;
  const Contingency table = count_pairs(std::move(labels), std::move(classes));
  scores.adjusted_rand_index = adjusted_rand_index(table);
  scores.purity = purity(table);
  // Equal partitions score 1. For two partitions into single points scikit-learn's AMI is 0/0, hence
  // rounding; ours is 1 there too, as its ARI.
  if (table.cells.size() == table.clusters.size() && table.cells.size() == table.classes.size()) {
    scores.adjusted_mutual_information = 1.0;
    scores.normalized_mutual_information = 1.0;
    return scores;
  }
  const double information = mutual_information(table);
  const double mean_entropy =
      0.5 * (entropy(table.clusters, table.total) + entropy(table.classes, table.total));
  const double expected = expected_mutual_information(table);
  scores.adjusted_mutual_information = (information - expected) / away_from_zero(mean_entropy - expected);
  scores.normalized_mutual_information =
      information <= kEpsilon ? 0.0 : information / std::max(mean_entropy, kEpsilon);
  return scores;
}

}  // namespace

Result<Evaluation> evaluate_clustering(std::span<const std::int32_t> labels,
                                       std::span<const std::int32_t> classes) {
  if (labels.empty()) return Status::invalid_argument("there are no labels to evaluate");
  if (labels.size() != classes.size()) {
    return Status::invalid_argument(
        fmt::format("{} labels cannot be compared with {} classes: give one class for every label",
                    labels.size(), classes.size()));
  }
  std::vector<std::int32_t> all_labels(labels.begin(), labels.end());
  std::vector<std::int32_t> all_classes(classes.begin(), classes.end());
  std::vector<std::int32_t> kept_labels;
  std::vector<std::int32_t> kept_classes;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) {
      all_labels[i] = -1;
    } else {
      kept_labels.push_back(labels[i]);
      kept_classes.push_back(classes[i]);
    }
  }
  Evaluation evaluation;
  evaluation.noise_share =
      static_cast<double>(labels.size() - kept_labels.size()) / static_cast<double>(labels.size());
  std::vector<std::int32_t> distinct = kept_labels;
  evaluation.clusters = static_cast<int>(renumber(distinct));
  distinct = all_classes;
  evaluation.classes = static_cast<int>(renumber(distinct));
  evaluation.with_noise = score(std::move(all_labels), std::move(all_classes));
  evaluation.without_noise = score(std::move(kept_labels), std::move(kept_classes));
  return evaluation;
}

}  // namespace clipcluster
