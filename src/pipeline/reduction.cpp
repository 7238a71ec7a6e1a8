#include "pipeline/reduction.h"

#include <algorithm>
#include <utility>

namespace clipcluster::internal {
namespace {

template <class Model>
void share_with(const std::optional<NeighborIndex>& index, std::optional<Model>& model) {
  if (!index || !model || index->metric() != model->options.metric) return;
  const MatrixView<const float> rows = index->points();
  const bool same_rows = rows.data() == model->points.data() && rows.rows() == model->points.rows() &&
                         rows.cols() == model->points.cols();
  if (same_rows) model->index = index;
}

template <class Model>
Status index_own(std::uint64_t seed, std::optional<Model>& model, Progress& progress) {
  if (!model) return {};
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      const NeighborIndex index,
      build_neighbor_index(model->points, model->options.metric, {seed}, progress));
  if (index.has_cells()) model->index = index;
  return {};
}

// The first columns, and 0 where there are none.
MatrixF with_columns(MatrixF matrix, std::size_t columns) {
  if (matrix.cols() == columns) return matrix;
  MatrixF result(matrix.rows(), columns);
  for (std::size_t i = 0; i < matrix.rows(); ++i) {
    std::copy_n(matrix.row(i), std::min(columns, matrix.cols()), result.row(i));
  }
  return result;
}

}  // namespace

Result<MatrixF> reduce_points(const Reduction& reduction, MatrixView<const float> points,
                              std::size_t n_components, Progress& progress) {
  MatrixF components;
  if (reduction.pca) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(components, pca_transform(*reduction.pca, points));
    points = components.view();
  }
  if (reduction.umap) return umap_transform(*reduction.umap, points, nullptr, progress);
  if (reduction.tsne) return tsne_transform(*reduction.tsne, points, nullptr, progress);
  return with_columns(std::move(components), n_components);
}

void share_index(const std::optional<NeighborIndex>& index, Reduction& reduction) {
  share_with(index, reduction.umap);
  share_with(index, reduction.tsne);
}

Status add_own_index(std::uint64_t seed, Reduction& reduction, Progress& progress) {
  if (!reduction.pca) return {};
  CLIPCLUSTER_RETURN_IF_ERROR(index_own(seed, reduction.umap, progress));
  return index_own(seed, reduction.tsne, progress);
}

void store_reduction(const Reduction& reduction, ProjectFitArrays& arrays) {
  const bool with_points = reduction.pca != nullptr;
  if (reduction.pca) arrays.pca = reduction.pca->to_arrays();
  if (reduction.umap) arrays.umap = reduction.umap->to_arrays(with_points);
  if (reduction.tsne) arrays.tsne = reduction.tsne->to_arrays(with_points);
}

Result<Reduction> stored_reduction(const ProjectFitArrays& arrays, const SharedMatrix<float>& training) {
  Reduction reduction;
  std::optional<SharedMatrix<float>> points = training;
  if (arrays.pca) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(PcaModel pca, PcaModel::from_arrays(*arrays.pca));
    reduction.pca = std::make_shared<const PcaModel>(std::move(pca));
    points.reset();
  }
  if (arrays.umap) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(reduction.umap, UmapModel::from_arrays(*arrays.umap, points));
  }
  if (arrays.tsne) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(reduction.tsne, TsneModel::from_arrays(*arrays.tsne, points));
  }
  return reduction;
}

}  // namespace clipcluster::internal
