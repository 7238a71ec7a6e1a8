#include "neighbors/kernels/candidate_loops.h"

namespace clipcluster::neighbors {

CandidateKernels candidate_kernels_avx2() { return {add_widths, kth_smallest, keep_at_most}; }

}  // namespace clipcluster::neighbors
