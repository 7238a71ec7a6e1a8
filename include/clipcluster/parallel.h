// The one way this library uses several cores. All of it runs on OpenMP's thread team, because
// oneDNN does: a second pool beside it would fight for the same cores.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace clipcluster {

// Threads that the steps use from now on, for the whole process; 0 means all cores. No result
// depends on it.
void set_thread_count(int count);
int thread_count();
// Threads that a parallel_for called from here would use: 1 inside another one.
int threads_here();

namespace internal {
using ChunkFunction = void (*)(void* context, std::size_t begin, std::size_t end);
void run_chunks(std::size_t count, std::size_t grain, ChunkFunction function, void* context);
}  // namespace internal

// Calls body(begin, end) for [0, count) cut into chunks of `grain` (the last may be shorter). Chunk
// borders depend on count and grain only, so a sum kept per chunk and added in chunk order is the
// same at any thread count. Chunks are handed out as threads become free. The body must not throw
// and must not write what another chunk reads. Inside another parallel_for it runs on the calling
// thread alone; so does a oneDNN primitive called from a body.
template <class Body>
void parallel_for(std::size_t count, std::size_t grain, Body&& body) {
  internal::run_chunks(
      count, grain,
      [](void* context, std::size_t begin, std::size_t end) {
        (*static_cast<std::remove_reference_t<Body>*>(context))(begin, end);
      },
      const_cast<void*>(static_cast<const void*>(std::addressof(body))));
}

}  // namespace clipcluster
