#include "pipeline/machine.h"

#include <fmt/format.h>

#include <fstream>

#include "clipcluster/cpu.h"
#include "clipcluster/parallel.h"

namespace clipcluster::internal {
namespace {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos && colon + 2 < line.size()) return line.substr(colon + 2);
  }
  return "unknown processor";
}

}  // namespace

std::string machine_description() {
  return fmt::format("{}, {} threads, {}", processor_name(), thread_count(),
                     instruction_set_name(instruction_set()));
}

}  // namespace clipcluster::internal
