#include "neighbors/partition/refine.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "clipcluster/parallel.h"
#include "neighbors/rows.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kRowsAtOnce = 64;

// For every row, the first `width` rows (by number) that have it among their `width` nearest; -1 ends
// early.
MatrixI reverse_lists(const MatrixI& indices, std::size_t width) {
  MatrixI reverse(indices.rows(), width);
  std::fill_n(reverse.data(), reverse.size(), -1);
  std::vector<std::uint8_t> counts(indices.rows(), 0);
  for (std::size_t i = 0; i < indices.rows(); ++i) {
    for (std::size_t j = 0; j < std::min(width, indices.cols()); ++j) {
      const std::int32_t other = indices(i, j);
      if (other < 0) break;
      auto& count = counts[static_cast<std::size_t>(other)];
      if (count < width) reverse(static_cast<std::size_t>(other), count++) = static_cast<std::int32_t>(i);
    }
  }
  return reverse;
}

std::span<const std::int32_t> first_of(const MatrixI& indices, std::int32_t row, std::size_t width) {
  const std::int32_t* list = indices.row(static_cast<std::size_t>(row));
  std::size_t count = 0;
  while (count < std::min(width, indices.cols()) && list[count] >= 0) ++count;
  return {list, count};
}

class Refiner {
 public:
  Refiner(const ScaledRows& points, Metric metric, const NeighborLists& lists, const MatrixI& reverse)
      : points_(points),
        metric_(metric),
        lists_(lists),
        reverse_(reverse),
        kernels_(row_kernels()),
        heap_(lists.indices.cols()) {}

  void run(std::int32_t row, NeighborLists& result) {
    collect(row);
    const auto i = static_cast<std::size_t>(row);
    for (std::size_t j = 0; j < lists_.indices.cols() && lists_.indices(i, j) >= 0; ++j) {
      heap_.offer({lists_.distances(i, j), lists_.indices(i, j)});
    }
    for (const std::int32_t candidate : candidates_) measure(i, candidate);
    heap_.take_sorted(result.indices.row(i), result.distances.row(i));
  }

 private:
  void collect(std::int32_t row) {
    const std::size_t width = reverse_.cols();
    near_.clear();
    add(first_of(lists_.indices, row, width), near_);
    add(first_of(reverse_, row, width), near_);
    sort_unique(near_);
    reached_.clear();
    add(first_of(reverse_, row, width), reached_);
    for (const std::int32_t other : near_) {
      add(first_of(lists_.indices, other, width), reached_);
      add(first_of(reverse_, other, width), reached_);
    }
    sort_unique(reached_);
    known_.clear();
    add(first_of(lists_.indices, row, lists_.indices.cols()), known_);
    known_.push_back(row);
    std::sort(known_.begin(), known_.end());
    candidates_.clear();
    std::set_difference(reached_.begin(), reached_.end(), known_.begin(), known_.end(),
                        std::back_inserter(candidates_));
  }

  static void add(std::span<const std::int32_t> rows, std::vector<std::int32_t>& to) {
    to.insert(to.end(), rows.begin(), rows.end());
  }
  static void sort_unique(std::vector<std::int32_t>& rows) {
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  }

  void measure(std::size_t row, std::int32_t candidate) {
    const auto other = static_cast<std::size_t>(candidate);
    const float key = exact_key(points_.rows.row(row), points_.scales[row], points_.rows.row(other),
                                points_.scales[other], points_.rows.cols(), kernels_);
    heap_.offer({key_to_distance(key, metric_), candidate});
  }

  ScaledRows points_;
  Metric metric_;
  const NeighborLists& lists_;
  const MatrixI& reverse_;
  RowKernels kernels_;
  NearestHeap heap_;
  std::vector<std::int32_t> near_;
  std::vector<std::int32_t> reached_;
  std::vector<std::int32_t> known_;
  std::vector<std::int32_t> candidates_;
};

}  // namespace

NeighborLists refine(const ScaledRows& points, Metric metric, const NeighborLists& lists, std::size_t width,
                     const std::vector<std::int32_t>& order) {
  const MatrixI reverse = reverse_lists(lists.indices, width);
  NeighborLists result{MatrixI(lists.indices.rows(), lists.indices.cols()),
                       MatrixF(lists.indices.rows(), lists.indices.cols())};
  std::fill_n(result.indices.data(), result.indices.size(), -1);
  parallel_for(order.size(), kRowsAtOnce, [&](std::size_t begin, std::size_t end) {
    Refiner refiner(points, metric, lists, reverse);
    for (std::size_t i = begin; i < end; ++i) refiner.run(order[i], result);
  });
  return result;
}

}  // namespace clipcluster::neighbors
