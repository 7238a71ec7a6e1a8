// The lists of one chunk of vertices for one epoch, and moving the chunk through them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/random.h"
#include "reduce/umap/layout_kernel.h"
#include "reduce/umap/schedule.h"

namespace clipcluster::umap {

// Random vertices of [0, count), the same for a (stream, epoch, draw) whoever asks.
class NegativeSamples {
 public:
  NegativeSamples(const CounterRandom& random, std::uint32_t count, std::uint64_t stream,
                  std::uint32_t epoch)
      : random_(random), count_(count), stream_(stream), block_(std::uint64_t{epoch} << 32) {}

  std::uint32_t next() {
    if (left_ == 0) {
      numbers_ = random_.block(stream_, block_++);
      left_ = 4;
    }
    return static_cast<std::uint32_t>((std::uint64_t{numbers_[--left_]} * count_) >> 32);
  }

 private:
  const CounterRandom& random_;
  std::uint32_t count_;
  std::uint64_t stream_;
  std::uint64_t block_;
  std::array<std::uint32_t, 4> numbers_ = {};
  std::size_t left_ = 0;
};

// Reused from chunk to chunk, so that nothing is allocated in the steady state.
class ListBuilder {
 public:
  void clear() {
    entries_.clear();
    begin_.clear();
    row_.clear();
    length_.clear();
  }
  void start_list(std::size_t row) {
    row_.push_back(row);
    begin_.push_back(static_cast<std::int32_t>(entries_.size()));
  }
  void attract(std::int32_t target) { entries_.push_back(static_cast<std::uint32_t>(target) | kAttracts); }
  void attract_again(std::int32_t target) {
    entries_.push_back(static_cast<std::uint32_t>(target) | kAttracts | kAnswered);
  }
  void repel(std::uint32_t target) { entries_.push_back(target); }
  void end_list() { length_.push_back(static_cast<std::int32_t>(entries_.size()) - begin_.back()); }

  // Moves row_[list] of `from` through its list and writes it to the same row of `to`.
  void run(MoveFunction move, const Forces& forces, const float* others, std::size_t dim, const float* from,
           float* to);

 private:
  std::vector<std::uint32_t> entries_;
  std::vector<std::int32_t> begin_;
  std::vector<std::int32_t> length_;
  std::vector<std::size_t> row_;
  std::vector<std::size_t> order_;
  std::vector<std::int32_t> sorted_begin_;
  std::vector<std::int32_t> sorted_length_;
  std::vector<float> own_;
};

}  // namespace clipcluster::umap
