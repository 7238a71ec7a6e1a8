#include "clip/kernels.h"

namespace clipcluster::clip {

const Kernels& kernels(InstructionSet set) {
#if CLIPCLUSTER_SIMD
  if (set == InstructionSet::avx512) return kAvx512Kernels;
  if (set == InstructionSet::avx2) return kAvx2Kernels;
#else
  static_cast<void>(set);
#endif
  return kScalarKernels;
}

}  // namespace clipcluster::clip
