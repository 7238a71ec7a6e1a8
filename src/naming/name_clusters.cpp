#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <numeric>
#include <tuple>

#include "clipcluster/naming.h"
#include "naming/groups.h"
#include "naming/products.h"
#include "naming/shuffled.h"
#include "naming/turned.h"

namespace clipcluster {
namespace {

using naming::Groups;

// Below this a name's cosines are all one number, give or take rounding.
constexpr double kSmallestSpread = 1e-6;

Status check_sizes(MatrixView<const float> images, std::span<const std::int32_t> labels,
                   std::span<const double> weights, std::size_t clusters, MatrixView<const float> names,
                   const NamingOptions& options) {
  if (names.rows() == 0) return Status::invalid_argument("there is no name to choose from");
  if (images.cols() != names.cols()) {
    return Status::invalid_argument(
        fmt::format("the names' vectors have {} columns and the images' {}: they must come from one model",
                    names.cols(), images.cols()));
  }
  if (labels.size() != images.rows() || weights.size() != images.rows()) {
    return Status::invalid_argument(fmt::format("there are {} images, {} labels and {} weights",
                                                images.rows(), labels.size(), weights.size()));
  }
  for (const std::int32_t label : labels) {
    if (label >= -1 && (label < 0 || static_cast<std::size_t>(label) < clusters)) continue;
    return Status::invalid_argument(fmt::format("label {} where there are {} clusters", label, clusters));
  }
  const auto fits = [](std::size_t given, std::size_t wanted) { return given == 0 || given == wanted; };
  if (options.candidates < 1 || !fits(options.named.size(), clusters) ||
      !fits(options.taken.size(), names.rows())) {
    return Status::invalid_argument("naming options that do not fit the clusters and the names");
  }
  return {};
}

void add_candidates(const MatrixF& scores, const MatrixF& similarities, int candidates,
                    std::vector<ClusterNaming>& namings) {
  const std::size_t v = scores.cols();
  const std::size_t count = std::min(static_cast<std::size_t>(candidates), v);
  std::vector<std::int32_t> order(v);
  for (std::size_t k = 0; k < namings.size(); ++k) {
    std::iota(order.begin(), order.end(), 0);
    const float* score = scores.row(k);
    std::partial_sort(
        order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
        [&](std::int32_t a, std::int32_t b) { return score[a] != score[b] ? score[a] > score[b] : a < b; });
    for (std::size_t i = 0; i < count; ++i) {
      const auto name = static_cast<std::size_t>(order[i]);
      namings[k].candidates.push_back({order[i], scores(k, name), similarities(k, name)});
    }
  }
}

// Best score first; ties by cluster, then by name. Of each cluster only as many names count as there are
// clusters: so many others can take one from it, so it never needs more.
void give_names(const MatrixF& scores, const Groups& groups, const NamingOptions& options,
                std::vector<ClusterNaming>& namings) {
  const std::size_t v = scores.cols();
  std::vector<std::int32_t> names;
  for (std::size_t name = 0; name < v; ++name) {
    if (options.taken.empty() || !options.taken[name]) names.push_back(static_cast<std::int32_t>(name));
  }
  const std::size_t wanted = std::min(namings.size(), names.size());
  struct Pair {
    float score;
    std::size_t cluster;
    std::int32_t name;
  };
  std::vector<Pair> pairs;
  for (std::size_t k = 0; k < namings.size(); ++k) {
    if ((!options.named.empty() && options.named[k]) || groups.size(k) == 0) continue;
    const float* score = scores.row(k);
    std::partial_sort(
        names.begin(), names.begin() + static_cast<std::ptrdiff_t>(wanted), names.end(),
        [&](std::int32_t a, std::int32_t b) { return score[a] != score[b] ? score[a] > score[b] : a < b; });
    for (std::size_t i = 0; i < wanted; ++i) pairs.push_back({score[names[i]], k, names[i]});
  }
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
    return std::tie(b.score, a.cluster, a.name) < std::tie(a.score, b.cluster, b.name);
  });
  std::vector<bool> given(v, false);
  for (const Pair& pair : pairs) {
    if (namings[pair.cluster].name >= 0 || given[static_cast<std::size_t>(pair.name)]) continue;
    namings[pair.cluster].name = pair.name;
    namings[pair.cluster].score = pair.score;
    given[static_cast<std::size_t>(pair.name)] = true;
  }
}

double best_elsewhere(const MatrixF& scores, std::size_t cluster, std::size_t name) {
  double best = -1e30;
  for (std::size_t k = 0; k < scores.rows(); ++k) {
    if (k != cluster) best = std::max(best, static_cast<double>(scores(k, name)));
  }
  return best;
}

void judge(const MatrixF& scores, const std::vector<double>& errors, const naming::ChanceScores& chance,
           const naming::TurnedScores& turned, const NamingOptions& options,
           std::vector<ClusterNaming>& namings) {
  for (std::size_t k = 0; k < namings.size(); ++k) {
    ClusterNaming& naming = namings[k];
    const double score = naming.name < 0 ? naming.candidates.front().score : naming.score;
    if (errors[k] > 0.0) naming.sense = (score - turned.mean[k]) / turned.deviation;
    if (errors[k] > 0.0)
      naming.z = (naming.candidates.front().score / errors[k] - chance.mean) / chance.deviation;
    if (naming.name < 0) continue;
    naming.margin = scores.rows() < 2
                        ? naming.score
                        : naming.score - best_elsewhere(scores, k, static_cast<std::size_t>(naming.name));
    naming.weak = errors[k] == 0.0 || naming.score < options.weak_score || naming.z < options.weak_z ||
                  naming.sense < options.weak_sense || naming.margin < 0.0;
  }
}

// Where there is only one group there is nothing to tell it from: the names are ranked by plain nearness,
// every one of them is weak, and the scores are 0.
bool only_one_group(const Groups& groups) {
  std::size_t occupied = 0;
  for (std::size_t g = 0; g < groups.count(); ++g) occupied += groups.size(g) > 0 ? 1U : 0U;
  return occupied < 2;
}

MatrixF as_floats(const Matrix<double>& values, std::size_t rows) {
  MatrixF result(rows, values.cols());
  for (std::size_t i = 0; i < result.size(); ++i) result.data()[i] = static_cast<float>(values.data()[i]);
  return result;
}

void clear_scores(std::vector<ClusterNaming>& namings) {
  for (ClusterNaming& naming : namings) {
    naming.score = 0.0;
    naming.margin = 0.0;
    for (NameCandidate& candidate : naming.candidates) candidate.score = 0.0;
  }
}

Result<std::vector<ClusterNaming>> choose_names(MatrixView<const float> images, const Groups& groups,
                                                std::size_t clusters, MatrixView<const float> names,
                                                const NamingOptions& options, Progress& progress) {
  const Matrix<double> centroids = naming::centroids(groups, images, {});
  const MatrixF similarities = naming::products(as_floats(centroids, clusters), names);
  const bool alone = only_one_group(groups);
  const std::vector<double> spread = naming::spreads(images, names, kSmallestSpread);
  const MatrixF contrasts = naming::contrasts(groups, centroids, clusters);
  const MatrixF scores = alone ? similarities.clone() : naming::scores_of(contrasts, names, spread);
  std::vector<ClusterNaming> namings(clusters);
  add_candidates(scores, similarities, options.candidates, namings);
  give_names(scores, groups, options, namings);
  naming::ChanceScores chance;
  naming::TurnedScores turned;
  if (!alone) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(
        turned, naming::turned_scores(contrasts, images, names, kSmallestSpread, options.seed, progress));
    CLIPCLUSTER_ASSIGN_OR_RETURN(
        chance, naming::chance_scores(groups, images, clusters, names, spread, options.seed, progress));
  }
  judge(scores, naming::standard_errors(groups, clusters), chance, turned, options, namings);
  if (alone) clear_scores(namings);
  return namings;
}

}  // namespace

Result<std::vector<ClusterNaming>> name_clusters(MatrixView<const float> images,
                                                 std::span<const std::int32_t> labels,
                                                 std::span<const double> weights, std::size_t clusters,
                                                 MatrixView<const float> names,
                                                 const NamingOptions& options, Progress& progress) {
  try {
    CLIPCLUSTER_RETURN_IF_ERROR(check_sizes(images, labels, weights, clusters, names, options));
    if (clusters == 0) return std::vector<ClusterNaming>();
    return choose_names(images, naming::group_images(labels, weights, clusters), clusters, names, options,
                        progress);
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("there is not enough memory to name the clusters");
  }
}

}  // namespace clipcluster
