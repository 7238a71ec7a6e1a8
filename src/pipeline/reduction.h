// The reduction before clustering: principal components, when asked for, then UMAP, t-SNE or nothing.
#pragma once

#include <memory>
#include <optional>

#include "clipcluster/matrix.h"
#include "clipcluster/named_arrays.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/pca.h"
#include "clipcluster/progress.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"
#include "clipcluster/tsne.h"
#include "clipcluster/umap.h"

namespace clipcluster::internal {

struct Reduction {
  std::shared_ptr<const PcaModel> pca;  // before the others, or all there is
  std::optional<UmapModel> umap;
  std::optional<TsneModel> tsne;

  bool empty() const { return !pca && !umap && !tsne; }
};

// [m, n_components], of a reduction that is not empty. Where there are fewer principal components than
// n_components, the rest is 0; where there are more, only the first are given. A row's place does not
// depend on the other rows.
Result<MatrixF> reduce_points(const Reduction& reduction, MatrixView<const float> points,
                              std::size_t n_components, Progress& progress);

// An index of the training points serves UMAP or t-SNE, too, if that lays out the same rows by the same
// distances.
void share_index(const std::optional<NeighborIndex>& index, Reduction& reduction);
// One of the principal components, if those are what UMAP or t-SNE lays out.
Status add_own_index(std::uint64_t seed, Reduction& reduction, Progress& progress);

// Without the training points, unless those are principal components.
void store_reduction(const Reduction& reduction, ProjectFitArrays& arrays);
Result<Reduction> stored_reduction(const ProjectFitArrays& arrays, const SharedMatrix<float>& training);

}  // namespace clipcluster::internal
