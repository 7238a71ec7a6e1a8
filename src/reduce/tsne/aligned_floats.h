// Work space that need not be zero at first.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace clipcluster::tsne {

class AlignedFloats {
 public:
  explicit AlignedFloats(std::size_t count)
      : data_(static_cast<float*>(std::aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64))) {
    if (!data_) throw std::bad_alloc();
  }
  float* data() { return data_.get(); }

 private:
  struct Free {
    void operator()(float* pointer) const { std::free(pointer); }
  };
  std::unique_ptr<float[], Free> data_;
};

}  // namespace clipcluster::tsne
