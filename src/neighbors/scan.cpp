#include "neighbors/scan.h"

namespace clipcluster::neighbors {

bool scan_points(MatrixView<const float> points, const std::vector<float>& point_scales,
                 const ScanQuery& query, Metric metric, std::size_t begin, std::size_t end,
                 NearestHeap& heap) {
  const RowKernels kernels = row_kernels();
  const std::size_t size = points.cols();
  for (std::size_t j = begin; j < end; ++j) {
    const float* point = points.row(j);
    const float scale = point_scales.empty() ? row_scale(point, size, metric, kernels) : point_scales[j];
    if (scale < 0.0F) return false;
    if (static_cast<std::int64_t>(j) == query.left_out) continue;
    const float key = exact_key(query.row, query.scale, point, scale, size, kernels);
    heap.offer({key_to_distance(key, metric), static_cast<std::int32_t>(j)});
  }
  return true;
}

}  // namespace clipcluster::neighbors
