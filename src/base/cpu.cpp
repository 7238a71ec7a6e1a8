#include "clipcluster/cpu.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string_view>

namespace clipcluster {
namespace {

InstructionSet offered_by_processor() {
#if CLIPCLUSTER_SIMD && defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx2 && avx512) return InstructionSet::avx512;
  if (avx2) return InstructionSet::avx2;
#endif
  return InstructionSet::scalar;
}

InstructionSet allowed_by_environment() {
  const char* text = std::getenv("CLIPCLUSTER_INSTRUCTION_SET");
  const std::string_view wanted = text == nullptr ? "" : text;
  if (wanted == "scalar") return InstructionSet::scalar;
  if (wanted == "avx2") return InstructionSet::avx2;
  return InstructionSet::avx512;
}

std::atomic<InstructionSet>& current() {
  static std::atomic<InstructionSet> set = std::min(offered_by_processor(), allowed_by_environment());
  return set;
}

}  // namespace

InstructionSet instruction_set() { return current().load(std::memory_order_relaxed); }

void limit_instruction_set(InstructionSet set) { current() = std::min(set, offered_by_processor()); }

const char* instruction_set_name(InstructionSet set) {
  switch (set) {
    case InstructionSet::scalar:
      return "scalar";
    case InstructionSet::avx2:
      return "avx2";
    case InstructionSet::avx512:
      return "avx512";
  }
  return "";
}

}  // namespace clipcluster
