// Points in the form that the tile kernels read, with what the error bound needs to know of each row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "neighbors/kernels/tile_kernels.h"
#include "neighbors/principal_rotation.h"

namespace clipcluster::neighbors {

// How rows become packed: both sides of a product must use the same one.
struct Packing {
  std::vector<float> centre;  // subtracted after scaling; distances do not change, products shrink
  Rotation rotation;          // applied then, if not empty
  bool zero_column = false;   // an extra column: 1 for zero vectors (scale 0), 0 for others, so that
                              // their key to every unit vector is 1
  PackedFormat format = PackedFormat::f32;
  std::vector<std::size_t> checks;  // ascending even depths at which a stage ends besides depth()

  std::size_t depth() const;  // columns, padded to even
  // Ends of the stages, at most kMaxStages.
  std::vector<std::size_t> stage_ends() const;
};

struct PackedStage {
  std::size_t depth = 0;        // coordinates in this stage
  Matrix<std::uint8_t> panels;  // [panels, bytes of a panel]
  std::vector<float> tails;  // for each padded row, at least the norm of all coordinates after this stage
};

struct PackedPoints {
  std::size_t rows = 0;
  std::vector<PackedStage> stages;
  std::vector<float> half_squares;  // |z|^2 / 2 of the centred row z; one for each padded row
  std::vector<float> norms;         // |z|
  double residual = 0.0;            // largest |A z - packed| / |z|, where A is the rotation or I

  std::size_t padded_rows() const { return half_squares.size(); }
};

// The mean of the scaled rows, computed in an order that does not depend on threads.
std::vector<float> mean_of_scaled(MatrixView<const float> rows, const std::vector<float>& scales);

// Packs rows order[0], order[1], ...; without order, all of them as they come.
PackedPoints pack_points(MatrixView<const float> rows, const std::vector<float>& scales,
                         const Packing& packing, const std::vector<std::int32_t>* order = nullptr);

// The first `count` coordinates of all rows as pack_points would rotate them: [rows, count].
MatrixF leading_coordinates(MatrixView<const float> rows, const std::vector<float>& scales,
                            const Packing& packing, std::size_t count);

}  // namespace clipcluster::neighbors
