#include "neighbors/partition/own_codes.h"

#include "neighbors/partition/scan_kernels.h"

namespace clipcluster::neighbors {

void read_query(const CompactRows& compact, std::size_t slot, std::int32_t* pairs) {
  const std::uint8_t* panel = compact.codes.row(slot / kCodeRows);
  const std::size_t lane = slot % kCodeRows;
  const std::size_t count = compact.codes.cols() / (2 * kCodeRows);
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint8_t* codes = panel + 2 * (k * kCodeRows + lane);
    const auto first = static_cast<std::uint32_t>(static_cast<std::int8_t>(codes[0]));
    const auto second = static_cast<std::uint32_t>(static_cast<std::int8_t>(codes[1]));
    pairs[k] = static_cast<std::int32_t>((first & 0xFFFFU) | (second << 16));
  }
}

}  // namespace clipcluster::neighbors
