// oneDNN plans a primitive for the number of threads that it sees, and takes OpenMP's whole team when
// it runs outside of a parallel region. Both would let the bits of a product depend on the thread
// count, so products of this library are made and run while a OneThread lives.
#pragma once

#include <omp.h>

namespace clipcluster {

class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) {
    if (before_ != 1) omp_set_num_threads(1);
  }
  ~OneThread() {
    if (before_ != 1) omp_set_num_threads(before_);
  }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

}  // namespace clipcluster
