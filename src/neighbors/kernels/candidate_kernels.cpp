#include "neighbors/kernels/candidate_kernels.h"

#include "clipcluster/cpu.h"
#include "neighbors/kernels/candidate_loops.h"

namespace clipcluster::neighbors {

CandidateKernels candidate_kernels_scalar() { return {add_widths, kth_smallest, keep_at_most}; }

CandidateKernels candidate_kernels() {
#if CLIPCLUSTER_SIMD
  if (instruction_set() == InstructionSet::avx512) return candidate_kernels_avx512();
  if (instruction_set() == InstructionSet::avx2) return candidate_kernels_avx2();
#endif
  return candidate_kernels_scalar();
}

}  // namespace clipcluster::neighbors
