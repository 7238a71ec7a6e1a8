// Rows that are equal to the last bit: one of them is searched for all, so that many copies of one picture
// cost nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/neighbors.h"

namespace clipcluster::neighbors {

class EqualRows {
 public:
  explicit EqualRows(MatrixView<const float> rows);

  // The first row of every group, ascending.
  const std::vector<std::int32_t>& firsts() const { return firsts_; }
  bool all_distinct() const { return members_.empty(); }

  // lists holds, for the first row of each group, itself and its `count` - 1 nearest other first rows.
  // Afterwards it is complete for every row. `count` is at least the smaller of lists' columns and the
  // number of groups.
  void complete(NeighborLists& lists, std::size_t count) const;

 private:
  std::span<const std::int32_t> members(std::size_t group) const {
    return {members_.data() + starts_[group], starts_[group + 1] - starts_[group]};
  }

  std::vector<std::int32_t> firsts_;
  std::vector<std::int32_t> group_of_;  // of each row; empty when all rows are distinct, as the next two
  std::vector<std::size_t> starts_;
  std::vector<std::int32_t> members_;  // of each group, ascending, from starts_[group] on
};

}  // namespace clipcluster::neighbors
