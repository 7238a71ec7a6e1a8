// Which options can be used at all.
#pragma once

#include <cstddef>

#include "clipcluster/matrix.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/umap.h"

namespace clipcluster::umap {

// A sentence that names the option, its value and what is allowed.
Status check_options(const UmapOptions& options);

// `neighbors` has `rows` rows, at least `k` columns, and indices below `points`.
Status check_neighbors(const NeighborLists& neighbors, std::size_t rows, std::size_t k, std::size_t points);

// The first `k` columns.
NeighborLists first_neighbors(const NeighborLists& neighbors, std::size_t k);

// Whether all of a row's numbers are finite.
bool is_finite_row(std::span<const float> row);

// 500 for up to 10,000 rows, else 200.
int default_epochs(std::size_t rows);

}  // namespace clipcluster::umap
