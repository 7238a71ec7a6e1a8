// parallel_for that reports progress and listens for cancellation.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <string_view>

#include "clipcluster/parallel.h"
#include "clipcluster/progress.h"

namespace clipcluster::hdbscan {

// False when cancelled; the rest of the work is then left out.
template <class Body>
bool for_blocks(std::string_view step, std::size_t count, std::size_t grain, std::size_t rows,
                Progress& progress, Body&& body) {
  std::atomic<bool> stop = progress.cancelled();
  std::mutex reporting;
  std::size_t done = 0;
  const auto report = [&](std::size_t finished) {
    const std::lock_guard lock(reporting);
    done += finished;
    progress.report({step, count == 0 ? rows : rows * done / count, rows, "rows", 0});
  };
  if (!stop) report(0);
  parallel_for(count, grain, [&](std::size_t begin, std::size_t end) {
    if (stop.load(std::memory_order_relaxed)) return;
    if (progress.cancelled()) {
      stop.store(true, std::memory_order_relaxed);
      return;
    }
    body(begin, end);
    report(end - begin);
  });
  return !stop;
}

}  // namespace clipcluster::hdbscan
