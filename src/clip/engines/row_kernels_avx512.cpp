#include "clip/engines/row_kernels_simd.h"
#include "clip/vectors_avx512.h"

namespace clipcluster::engines {

const RowKernels kAvx512RowKernels = SimdRowKernels<clip::Avx512>::table();

}  // namespace clipcluster::engines
