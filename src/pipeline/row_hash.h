#pragma once

#include <span>
#include <string>

#include "clipcluster/images.h"

namespace clipcluster::internal {

// hash_bytes of the floats: what stands for the pixel hash in projects without images.
inline std::string row_hash(std::span<const float> row) {
  return hash_bytes({reinterpret_cast<const std::uint8_t*>(row.data()), row.size_bytes()});
}

}  // namespace clipcluster::internal
