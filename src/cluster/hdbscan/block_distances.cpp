#include "cluster/hdbscan/block_distances.h"

#include "clipcluster/cpu.h"

namespace clipcluster::hdbscan {

void block_distances_scalar(const double* query, const double* block, std::size_t dims, double* out) {
  double sums[kBlockSize] = {};
  for (std::size_t d = 0; d < dims; ++d) {
    const double* row = block + d * kBlockSize;
    for (std::size_t i = 0; i < kBlockSize; ++i) {
      const double difference = row[i] - query[d];
      sums[i] += difference * difference;
    }
  }
  for (std::size_t i = 0; i < kBlockSize; ++i) out[i] = sums[i];
}

BlockDistances block_distances() {
#if CLIPCLUSTER_SIMD
  switch (instruction_set()) {
    case InstructionSet::avx512:
      return block_distances_avx512;
    case InstructionSet::avx2:
      return block_distances_avx2;
    case InstructionSet::scalar:
      break;
  }
#endif
  return block_distances_scalar;
}

}  // namespace clipcluster::hdbscan
