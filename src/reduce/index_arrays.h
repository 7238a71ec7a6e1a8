// A model's neighbour index among the model's own texts and arrays.
#pragma once

#include <optional>

#include "clipcluster/named_arrays.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/status.h"

namespace clipcluster::reduce {

void add_index(const NeighborIndex& index, NamedArrays& arrays);
// None when none was added. `points`: what the index was built of.
Result<std::optional<NeighborIndex>> read_index(const NamedArrays& arrays,
                                                const SharedMatrix<float>& points);

}  // namespace clipcluster::reduce
