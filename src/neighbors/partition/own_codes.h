// A compact row as a query for other compact rows.
#pragma once

#include <cstddef>
#include <cstdint>

#include "neighbors/partition/index_parts.h"

namespace clipcluster::neighbors {

// The codes of the row in `slot` (of all panels), as scan_kernels.h wants a query: pairs has room for
// size / 2.
void read_query(const CompactRows& compact, std::size_t slot, std::int32_t* pairs);

}  // namespace clipcluster::neighbors
