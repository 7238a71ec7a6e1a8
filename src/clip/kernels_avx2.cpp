#include "clip/kernels_simd.h"
#include "clip/vectors_avx2.h"

namespace clipcluster::clip {

const Kernels kAvx2Kernels = SimdKernels<Avx2>::table();

}  // namespace clipcluster::clip
