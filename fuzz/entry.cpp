// What libFuzzer calls. CLIPCLUSTER_FUZZ_TARGET is the target of this program.
#include <cstddef>
#include <cstdint>

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  clipcluster::fuzz::CLIPCLUSTER_FUZZ_TARGET({data, size});
  return 0;
}
