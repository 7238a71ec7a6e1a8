#include "reduce/umap/move_lists.h"

#include <algorithm>
#include <numeric>

namespace clipcluster::umap {

void ListBuilder::run(MoveFunction move, const Forces& forces, const float* others, std::size_t dim,
                      const float* from, float* to) {
  // Lists of like length go side by side, so that few vector lanes idle.
  order_.resize(row_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::size_t x, std::size_t y) { return length_[x] > length_[y]; });
  sorted_begin_.resize(row_.size());
  sorted_length_.resize(row_.size());
  own_.resize(row_.size() * dim);
  for (std::size_t i = 0; i < order_.size(); ++i) {
    sorted_begin_[i] = begin_[order_[i]];
    sorted_length_[i] = length_[order_[i]];
    std::copy_n(from + row_[order_[i]] * dim, dim, own_.begin() + static_cast<std::ptrdiff_t>(i * dim));
  }
  move(forces, {entries_.data(), sorted_begin_.data(), sorted_length_.data(), order_.size()}, others, dim,
       own_.data());
  for (std::size_t i = 0; i < order_.size(); ++i) {
    std::copy_n(own_.begin() + static_cast<std::ptrdiff_t>(i * dim), dim, to + row_[order_[i]] * dim);
  }
}

}  // namespace clipcluster::umap
