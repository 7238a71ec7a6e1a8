// What a precision costs: how far its vectors, and the neighbours they give, are from those of f32.
#pragma once

#include <cstddef>

#include "clipcluster/clip.h"
#include "clipcluster/matrix.h"
#include "clipcluster/status.h"

namespace clipcluster::cli {

struct PrecisionPrice {
  Precision precision = Precision::f32;
  // Of each image's vector with its vector in f32.
  double least_cosine = 1.0;
  double cosine_quantile = 1.0;  // one in a hundred images is below
  double mean_cosine = 1.0;
  int neighbors = 0;            // how many are compared for each image
  double same_neighbors = 1.0;  // the share of them that is the same
};

// f32, other: [n, d] unit vectors of the same images, n >= 1.
Result<PrecisionPrice> precision_price(Precision precision, MatrixView<const float> f32,
                                       MatrixView<const float> other);

}  // namespace clipcluster::cli
