#include "cluster/consensus/co_association.h"

#include <atomic>

#include "clipcluster/parallel.h"

namespace clipcluster::consensus {
namespace {

constexpr std::size_t kRowsPerChunk = 16;
// Counts of a block fit into 16 bits, which keeps the inner loop in full vectors.
constexpr std::size_t kBlock = 32768;

std::uint32_t shared(const std::uint16_t* a, const std::uint16_t* b, std::size_t clusterings) {
  std::uint32_t total = 0;
  for (std::size_t first = 0; first < clusterings; first += kBlock) {
    const std::size_t last = clusterings - first < kBlock ? clusterings : first + kBlock;
    std::uint16_t count = 0;
    for (std::size_t r = first; r < last; ++r) {
      const bool together = (a[r] == b[r]) & (a[r] != 0);
      count = static_cast<std::uint16_t>(count + together);
    }
    total += count;
  }
  return total;
}

}  // namespace

Result<Matrix<std::uint32_t>> co_association(MatrixView<const std::uint16_t> labels, Progress& progress) {
  const std::size_t m = labels.rows();
  Matrix<std::uint32_t> table(m, m);
  std::atomic<bool> stopped{false};
  parallel_for(m, kRowsPerChunk, [&](std::size_t begin, std::size_t end) {
    if (stopped.load(std::memory_order_relaxed)) return;
    if (progress.cancelled()) stopped = true;
    for (std::size_t i = begin; i < end; ++i) {
      std::uint32_t* row = table.row(i);
      for (std::size_t j = 0; j < i; ++j) row[j] = shared(labels.row(i), labels.row(j), labels.cols());
    }
  });
  if (stopped) return Status::cancelled();
  parallel_for(m, kRowsPerChunk, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      std::uint32_t* row = table.row(i);
      for (std::size_t j = i + 1; j < m; ++j) row[j] = table.row(j)[i];
    }
  });
  return table;
}

}  // namespace clipcluster::consensus
