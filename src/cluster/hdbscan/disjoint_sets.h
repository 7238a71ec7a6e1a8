// Union-find with path halving; the caller says which root survives, or the larger set does.
#pragma once

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace clipcluster::hdbscan {

class DisjointSets {
 public:
  explicit DisjointSets(std::size_t count) : parent_(count), size_(count, 1) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }
  std::int32_t find(std::int32_t x) {
    while (parent_[static_cast<std::size_t>(x)] != x) {
      std::int32_t& parent = parent_[static_cast<std::size_t>(x)];
      parent = parent_[static_cast<std::size_t>(parent)];
      x = parent;
    }
    return x;
  }
  // False when both were in one set already.
  bool unite(std::int32_t x, std::int32_t y) {
    x = find(x);
    y = find(y);
    if (x == y) return false;
    if (size_[static_cast<std::size_t>(x)] < size_[static_cast<std::size_t>(y)]) std::swap(x, y);
    parent_[static_cast<std::size_t>(y)] = x;
    size_[static_cast<std::size_t>(x)] += size_[static_cast<std::size_t>(y)];
    return true;
  }
  std::int32_t size_of(std::int32_t root) const { return size_[static_cast<std::size_t>(root)]; }

 private:
  std::vector<std::int32_t> parent_;
  std::vector<std::int32_t> size_;
};

}  // namespace clipcluster::hdbscan
