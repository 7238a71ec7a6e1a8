// Points in the form that the tile kernels read, with what the error bound needs to know of each row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "neighbors/kernels/tile_kernels.h"

namespace clipcluster::neighbors {

// How rows become packed: both sides of a product must use the same one.
struct Packing {
  std::vector<float> centre;  // subtracted after scaling; distances do not change, products shrink
  bool zero_column = false;   // an extra column: 1 for zero vectors (scale 0), 0 for others, so that
                              // their key to every unit vector is 1
  PackedFormat format = PackedFormat::f32;
  std::size_t depth() const;  // columns, padded to even
};

struct PackedPoints {
  std::size_t rows = 0;
  std::size_t panel_bytes = 0;
  std::vector<float> half_squares;  // |z|^2 / 2 of the centred row z; one for each padded row
  std::vector<float> norms;         // |z|
  double residual = 0.0;            // largest |z - packed z| / |z|
  Matrix<std::uint8_t> panels;      // [panels, panel_bytes]

  std::size_t padded_rows() const { return panels.rows() * kPanelRows; }
};

// The mean of the scaled rows, computed in an order that does not depend on threads.
std::vector<float> mean_of_scaled(MatrixView<const float> rows, const std::vector<float>& scales);

PackedPoints pack_points(MatrixView<const float> rows, const std::vector<float>& scales,
                         const Packing& packing);

}  // namespace clipcluster::neighbors
