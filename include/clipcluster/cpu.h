// Which vector instructions the kernels use. Every kernel has a portable scalar version and, beside
// it, faster ones; all are chosen through this one value.
#pragma once

namespace clipcluster {

enum class InstructionSet {
  scalar,
  avx2,    // AVX2 and FMA
  avx512,  // AVX-512 F, BW, DQ and VL
};

// The best that this processor and operating system offer, read once. The environment variable
// CLIPCLUSTER_INSTRUCTION_SET=scalar|avx2|avx512 lowers it (never raises it): for tests, and for
// comparing machines.
InstructionSet instruction_set();
const char* instruction_set_name(InstructionSet set);

// For tests: makes instruction_set() answer min(set, what the processor offers) from now on.
void limit_instruction_set(InstructionSet set);

}  // namespace clipcluster
