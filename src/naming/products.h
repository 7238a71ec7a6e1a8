#pragma once

#include <vector>

#include "clipcluster/matrix.h"

namespace clipcluster::naming {

// [a.rows, b.rows]: a row of `a` times a row of `b`. The same bytes at any thread count.
MatrixF products(MatrixView<const float> a, MatrixView<const float> b);

// For every name the standard deviation of its cosine with the images, of 8,192 evenly spaced ones where
// there are more: one hundredth exact, which is more than a name deserves. At least `smallest`.
std::vector<double> spreads(MatrixView<const float> images, MatrixView<const float> names, double smallest);

}  // namespace clipcluster::naming
