// One pass of a Fourier transform.
#pragma once

#include <cstddef>

namespace clipcluster::tsne {

// Transforms go 16 columns at a time.
constexpr std::size_t kLanes = 16;

// One pass of a Stockham transform (it sorts as it goes): `length` = radix * m, and for p < m the
// factors exp(-2 pi i p k / length), k = 1 .. radix - 1, as (cos, sin) pairs from twiddles[first] on.
struct FftPass {
  int radix;
  int length;
  int stride;
  int first;
};

}  // namespace clipcluster::tsne
