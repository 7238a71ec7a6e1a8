#include "clip/kernels_simd.h"
#include "clip/vectors_avx512.h"

namespace clipcluster::clip {

const Kernels kAvx512Kernels = SimdKernels<Avx512>::table();

}  // namespace clipcluster::clip
