#include "clipcluster/parallel.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cassert>

#include "base/one_thread.h"

namespace clipcluster {
namespace {

int& requested_threads() {
  static int count = omp_get_num_procs();
  return count;
}

}  // namespace

void set_thread_count(int count) {
  assert(count >= 0);
  requested_threads() = count == 0 ? omp_get_num_procs() : count;
  omp_set_num_threads(requested_threads());
}

int thread_count() { return requested_threads(); }

namespace internal {

void run_chunks(std::size_t count, std::size_t grain, ChunkFunction function, void* context) {
  assert(grain > 0);
  const std::size_t chunks = (count + grain - 1) / grain;
  if (chunks == 0) return;
  const auto run = [&](std::size_t chunk) {
    const std::size_t begin = chunk * grain;
    function(context, begin, std::min(count, begin + grain));
  };
  const auto team =
      static_cast<int>(std::min<std::size_t>(chunks, static_cast<std::size_t>(thread_count())));
  if (team == 1 || omp_in_parallel() != 0) {
    const OneThread one_thread;
    for (std::size_t chunk = 0; chunk < chunks; ++chunk) run(chunk);
    return;
  }
  // The atomics also order memory between the caller and the team in a way that the thread
  // sanitizer sees; libgomp's own barriers are invisible to it.
  std::atomic<std::size_t> next = 0;
  std::atomic<int> started = 0;
  std::atomic<int> finished = 0;
  started.store(1, std::memory_order_release);
#pragma omp parallel num_threads(team)
  {
    static_cast<void>(started.load(std::memory_order_acquire));
    for (std::size_t chunk = next.fetch_add(1); chunk < chunks; chunk = next.fetch_add(1)) run(chunk);
    finished.fetch_add(1, std::memory_order_release);
  }
  static_cast<void>(finished.load(std::memory_order_acquire));
}

}  // namespace internal
}  // namespace clipcluster
