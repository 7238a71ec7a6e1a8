// How often points are together.
#pragma once

#include <cstdint>

#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster::consensus {

// labels: [m, clusterings], 0 is noise. [m, m], symmetric: in how many clusterings the two points are in
// one cluster. Noise is together with nothing. The diagonal is 0.
Result<Matrix<std::uint32_t>> co_association(MatrixView<const std::uint16_t> labels, Progress& progress);

}  // namespace clipcluster::consensus
