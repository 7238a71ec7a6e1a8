// How far two clusterings put the same points together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace clipcluster::tuning {

// Works out many adjusted Rand indices (Hubert and Arabie 1985) with one table. Not for several threads at
// once.
class Agreement {
 public:
  // Labels >= -1, one per point, same length; -1, noise, counts as one more cluster. 1 for no points.
  double operator()(std::span<const std::int32_t> a, std::span<const std::int32_t> b);

 private:
  std::vector<std::uint32_t> table_;  // all zero between calls
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> columns_;
};

}  // namespace clipcluster::tuning
