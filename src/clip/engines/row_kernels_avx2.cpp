#include "clip/engines/row_kernels_simd.h"
#include "clip/vectors_avx2.h"

namespace clipcluster::engines {

const RowKernels kAvx2RowKernels = SimdRowKernels<clip::Avx2>::table();

}  // namespace clipcluster::engines
