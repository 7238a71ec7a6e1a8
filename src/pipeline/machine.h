#pragma once

#include <string>

namespace clipcluster::internal {

// "AMD EPYC 9B45, 2 threads, avx512": for those who compare timings.
std::string machine_description();

}  // namespace clipcluster::internal
