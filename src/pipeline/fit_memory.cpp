#include "pipeline/fit_memory.h"

#include <algorithm>
#include <cstdint>

#include "base/number_text.h"
#include "clipcluster/hdbscan.h"
#include "clipcluster/memory.h"
#include "clipcluster/neighbors.h"
#include "pipeline/fit_reduction.h"

namespace clipcluster::internal {
namespace {

constexpr std::uint64_t kNeighborBytes = 8;  // an index and a distance

std::uint64_t clustering_memory(std::uint64_t n, const FitOptions& options) {
  const std::uint64_t columns = fit_components(options);
  return n * columns * sizeof(double) + fit_hdbscan_memory(n, columns, options.hdbscan);
}

// What lies beside each other longest: the neighbours, and what UMAP or t-SNE makes of them.
std::uint64_t layout_memory(std::uint64_t n, std::uint64_t d, const FitOptions& options) {
  const bool umap = options.reducer == Reducer::umap;
  NeighborOptions neighbors;
  neighbors.k = umap ? options.umap.n_neighbors : tsne_neighbors(options.tsne, n);
  const std::uint64_t lists =
      n * kNeighborBytes * std::min(static_cast<std::uint64_t>(std::max(neighbors.k, 1)), n);
  const std::uint64_t layout = umap ? fit_umap_memory(n, options.umap) : fit_tsne_memory(n, options.tsne);
  return std::max(nearest_neighbors_memory(n, d, neighbors),
                  lists + std::max(layout, clustering_memory(n, options)));
}

}  // namespace

Status require_fit_memory(std::size_t n, std::size_t d, const FitOptions& options, Progress& progress) {
  const std::string step = "the fit of " + grouped(n) + " points";
  if (options.reducer == Reducer::pca) return require_memory(step, clustering_memory(n, options), progress);
  if (options.pca_components == 0) return require_memory(step, layout_memory(n, d, options), progress);
  const auto columns = std::min<std::uint64_t>(static_cast<std::uint64_t>(options.pca_components), d);
  return require_memory(step, n * columns * sizeof(float) + layout_memory(n, columns, options), progress);
}

}  // namespace clipcluster::internal
