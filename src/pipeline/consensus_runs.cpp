#include "pipeline/consensus_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "base/number_text.h"
#include "clipcluster/memory.h"
#include "clipcluster/random.h"
#include "pipeline/fit_points.h"
#include "pipeline/fit_reduction.h"
#include "pipeline/sampled_neighbors.h"

namespace clipcluster::internal {
namespace {

constexpr std::size_t kFolds = 5;
// With fewer points nothing is left out.
constexpr std::size_t kFewestSampled = 20;
// A layout of a consensus need not be settled to the last: the others make up for it.
constexpr int kEpochs = 200;
// Where one setting sees one cluster and another two, both have something to say.
constexpr double kSizeFactors[] = {0.5, 0.7, 1.0, 1.4, 2.0};
constexpr int kMoreSamples = 4;

struct Variants {
  std::vector<int> min_samples;
  std::vector<int> min_cluster_size;  // ascending
  std::size_t size() const { return min_samples.size() * min_cluster_size.size(); }
};

Variants variants_of(const FitOptions& options, std::size_t n) {
  const int size = options.min_cluster_size.value_or(automatic_min_cluster_size(n));
  const int samples = options.hdbscan.min_samples.value_or(size);
  Variants variants;
  variants.min_samples = {samples, samples * kMoreSamples};
  for (const double factor : kSizeFactors)
    variants.min_cluster_size.push_back(std::max(2, static_cast<int>(std::lround(size * factor))));
  return variants;
}

// Which points run number `run` leaves out: fold run % kFolds of a random partition. The partitions are the
// same with every seed: what a person sees should hang on the seed as little as can be.
std::vector<bool> left_out(std::size_t n, std::size_t run) {
  std::vector<bool> chosen(n, false);
  if (n < kFewestSampled) return chosen;
  const CounterRandom random(0, "consensus folds");
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<std::uint64_t> keys(n);
  for (std::size_t i = 0; i < n; ++i) keys[i] = random.bits(i, run / kFolds);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return std::pair(keys[a], a) < std::pair(keys[b], b); });
  const std::size_t fold = run % kFolds;
  for (std::size_t i = fold * n / kFolds; i < (fold + 1) * n / kFolds; ++i) chosen[order[i]] = true;
  return chosen;
}

NeighborOptions neighbor_options(const FitOptions& options) {
  return {options.umap.n_neighbors,
          options.reducer == Reducer::tsne ? options.tsne.metric : options.umap.metric};
}

FitOptions run_options(const FitOptions& options, std::size_t run) {
  FitOptions changed = options;
  changed.seed = CounterRandom(options.seed, "consensus seeds").bits(run);
  changed.umap.seed = changed.seed;
  changed.pca_components = 0;  // the rows have been through that
  if (!options.umap.n_epochs) changed.umap.n_epochs = kEpochs;
  return changed;
}

Result<Matrix<double>> lay_out(const NeighborLists& all, const Sample& sample, MatrixView<const float> rows,
                               const FitOptions& options) {
  const SharedMatrix<float> sampled = gather_rows(rows, sample.rows);
  if (options.reducer == Reducer::umap) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborLists lists,
                                 sampled_neighbors(all, sample, sampled, neighbor_options(options)));
    CLIPCLUSTER_ASSIGN_OR_RETURN(const UmapModel model, fit_umap(sampled, options.umap, &lists));
    return to_double(model.embedding);
  }
  StepClock unnoted;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const FittedReduction fitted,
                               fit_reduction(sampled, options, unnoted, Progress::none()));
  return to_double(fitted.coordinates);
}

Result<std::vector<std::vector<std::int32_t>>> cluster_layout(MatrixView<const double> layout,
                                                              const FitOptions& options,
                                                              const Variants& variants) {
  std::vector<std::vector<std::int32_t>> labels;
  for (const int samples : variants.min_samples) {
    HdbscanOptions hdbscan = options.hdbscan;
    hdbscan.min_samples = samples;
    hdbscan.min_cluster_size = variants.min_cluster_size.front();
    CLIPCLUSTER_ASSIGN_OR_RETURN(const HdbscanResult fit, fit_hdbscan(layout, hdbscan));
    std::vector<HdbscanOptions> sizes(variants.min_cluster_size.size(), hdbscan);
    for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i].min_cluster_size = variants.min_cluster_size[i];
    for (std::vector<std::int32_t>& one : cluster_single_linkage(fit.single_linkage, sizes))
      labels.push_back(std::move(one));
  }
  return labels;
}

Status store(const NeighborLists& all, const Sample& sample, int k, const std::vector<std::int32_t>& labels,
             std::size_t column, ClusteringTable& table) {
  const auto put = [&](std::int32_t point, std::int32_t label) {
    table.labels(static_cast<std::size_t>(point), column) = static_cast<std::uint16_t>(label + 1);
  };
  const auto greatest = std::max_element(labels.begin(), labels.end());
  if (greatest != labels.end() && *greatest >= ClusteringTable::kMostClusters) {
    return Status::resource_limit(
        fmt::format("one clustering has {} clusters, and a consensus can hold {}; give a larger "
                    "min_cluster_size",
                    *greatest + 1, ClusteringTable::kMostClusters));
  }
  for (std::size_t i = 0; i < sample.rows.size(); ++i) put(sample.rows[i], labels[i]);
  for (const std::int32_t point : sample.left_out)
    put(point, neighbors_label(all, sample, static_cast<std::size_t>(point), k, labels));
  return {};
}

}  // namespace

std::uint64_t make_clusterings_memory(std::uint64_t n, int runs) {
  const std::uint64_t columns = static_cast<std::uint64_t>(runs) * std::size(kSizeFactors) * 2;
  return n * columns * sizeof(std::uint16_t);
}

Result<NeighborLists> wide_neighbors(const SharedMatrix<float>& rows, const FitOptions& options,
                                     Progress& progress) {
  NeighborOptions wide = neighbor_options(options);
  wide.k *= 2;
  return nearest_neighbors(rows, wide, progress);
}

Result<ClusteringTable> make_clusterings(const SharedMatrix<float>& rows, const NeighborLists& neighbors,
                                         const FitOptions& options, Progress& progress) {
  const std::size_t n = rows.rows();
  const int runs = options.consensus_runs;
  const Variants variants = variants_of(options, n);
  ClusteringTable table;
  table.clusterings_per_run = variants.size();
  table.labels = Matrix<std::uint16_t>(n, static_cast<std::size_t>(runs) * variants.size());
  for (std::size_t run = 0; run < static_cast<std::size_t>(runs); ++run) {
    progress.report({"clusterings for the consensus", run, static_cast<std::uint64_t>(runs), "runs"});
    if (progress.cancelled()) return Status::cancelled();
    const Sample sample = make_sample(left_out(n, run));
    const FitOptions changed = run_options(options, run);
    CLIPCLUSTER_ASSIGN_OR_RETURN(const Matrix<double> layout, lay_out(neighbors, sample, rows, changed));
    CLIPCLUSTER_ASSIGN_OR_RETURN(const auto labels, cluster_layout(layout, changed, variants));
    for (std::size_t v = 0; v < labels.size(); ++v) {
      CLIPCLUSTER_RETURN_IF_ERROR(
          store(neighbors, sample, options.umap.n_neighbors, labels[v], run * variants.size() + v, table));
    }
  }
  progress.report({"clusterings for the consensus", static_cast<std::uint64_t>(runs),
                   static_cast<std::uint64_t>(runs), "runs"});
  return table;
}

Result<Consensus> fit_consensus(const SharedMatrix<float>& rows, const FitOptions& options,
                                Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(require_memory(
      fmt::format("the {} clusterings of {} points", options.consensus_runs, grouped(rows.rows())),
      make_clusterings_memory(rows.rows(), options.consensus_runs), progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborLists neighbors, wide_neighbors(rows, options, progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ClusteringTable table,
                               make_clusterings(rows, neighbors, options, progress));
  ConsensusOptions combining;
  combining.min_cluster_size = options.min_cluster_size.value_or(automatic_min_cluster_size(rows.rows()));
  combining.seed = options.seed;
  CLIPCLUSTER_ASSIGN_OR_RETURN(Consensus consensus,
                               combine_clusterings(table, neighbors.indices, combining, progress));
  consensus.metric = neighbor_options(options).metric;
  set_confidences(neighbors, static_cast<std::size_t>(options.umap.n_neighbors) - 1, consensus);
  return consensus;
}

}  // namespace clipcluster::internal
