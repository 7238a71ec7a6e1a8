#include "reduce/tsne/convolution_kernels.h"

#include "clipcluster/cpu.h"
#include "reduce/tsne/convolution_lanes.h"

namespace clipcluster::tsne {

ConvolutionKernels convolution_kernels_scalar() { return {forward, multiply, make_kernel, backward}; }

ConvolutionKernels convolution_kernels() {
#if CLIPCLUSTER_SIMD
  if (instruction_set() == InstructionSet::avx512) return convolution_kernels_avx512();
  if (instruction_set() == InstructionSet::avx2) return convolution_kernels_avx2();
#endif
  return convolution_kernels_scalar();
}

}  // namespace clipcluster::tsne
