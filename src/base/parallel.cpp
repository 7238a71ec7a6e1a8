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

// One loop that a team works on. The thread sanitizer does not see libgomp's own fork and join:
// `started` and `finished` order memory between the caller and the team where it looks.
struct Loop {
  std::size_t count;
  std::size_t grain;
  internal::ChunkFunction function;
  void* context;
  std::size_t chunks = (count + grain - 1) / grain;
  std::atomic<std::size_t> next = 0;
  std::atomic<int> started = 0;
  std::atomic<int> finished = 0;

  void run_chunk(std::size_t chunk) const {
    const std::size_t begin = chunk * grain;
    function(context, begin, std::min(count, begin + grain));
  }

  void take_chunks() {
    static_cast<void>(started.load(std::memory_order_acquire));
    for (std::size_t chunk = next.fetch_add(1); chunk < chunks; chunk = next.fetch_add(1)) run_chunk(chunk);
    finished.fetch_add(1, std::memory_order_release);
  }
};

// The compiler hands `loop` to the team over the caller's stack, where the thread sanitizer would
// call it a race.
[[gnu::no_sanitize_thread]] void run_in_team(Loop& loop, int threads) {
#pragma omp parallel num_threads(threads)
  loop.take_chunks();
}

}  // namespace

void set_thread_count(int count) {
  assert(count >= 0);
  requested_threads() = count == 0 ? omp_get_num_procs() : count;
  omp_set_num_threads(requested_threads());
}

int thread_count() { return requested_threads(); }
int threads_here() { return omp_in_parallel() != 0 ? 1 : thread_count(); }

namespace internal {

void run_chunks(std::size_t count, std::size_t grain, ChunkFunction function, void* context) {
  assert(grain > 0);
  Loop loop{.count = count, .grain = grain, .function = function, .context = context};
  if (loop.chunks == 0) return;
  const auto threads =
      static_cast<int>(std::min<std::size_t>(loop.chunks, static_cast<std::size_t>(thread_count())));
  if (threads == 1 || omp_in_parallel() != 0) {
    const OneThread one_thread;
    for (std::size_t chunk = 0; chunk < loop.chunks; ++chunk) loop.run_chunk(chunk);
    return;
  }
  loop.started.store(1, std::memory_order_release);
  run_in_team(loop, threads);
  static_cast<void>(loop.finished.load(std::memory_order_acquire));
}

}  // namespace internal
}  // namespace clipcluster
