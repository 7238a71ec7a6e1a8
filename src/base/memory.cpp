#include "clipcluster/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

#include "base/control_group.h"
#include "base/number_text.h"

namespace clipcluster {
namespace {

std::atomic<std::uint64_t> limit_for_all = 0;

// "MemAvailable:   123 kB" of /proc/meminfo and /proc/self/status, in bytes.
std::optional<std::uint64_t> kilobyte_entry(const char* file, const std::string& name) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with(name + ":")) continue;
    std::istringstream value(line.substr(name.size() + 1));
    std::uint64_t kilobytes = 0;
    if (value >> kilobytes) return kilobytes * 1024;
  }
  return std::nullopt;
}

std::string whole_file(const char* file) {
  std::ifstream stream(file);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

}  // namespace

void set_memory_limit(std::uint64_t bytes) { limit_for_all = bytes; }
std::uint64_t memory_limit() { return limit_for_all; }

MemoryRoom memory_room() {
  constexpr auto unbounded = std::numeric_limits<std::uint64_t>::max();
  MemoryRoom room;
  room.bytes = kilobyte_entry("/proc/meminfo", "MemAvailable").value_or(unbounded);
  const auto group = internal::control_group_room("/sys/fs/cgroup", whole_file("/proc/self/cgroup"));
  room.bytes = std::min(room.bytes, group.value_or(unbounded));
  const std::uint64_t limit = memory_limit();
  if (limit == 0) return room;
  const std::uint64_t held = kilobyte_entry("/proc/self/status", "RssAnon").value_or(0);
  const std::uint64_t left = limit - std::min(limit, held);
  if (left < room.bytes) room = {left, true};
  return room;
}

Status require_memory(std::string_view step, std::uint64_t bytes, Progress& progress) {
  const MemoryRoom room = memory_room();
  const std::string needed = bytes_text(bytes);
  const std::string free = bytes_text(room.bytes);
  progress.detail(fmt::format("memory for {}: up to {}; {} are free", step, needed, free));
  if (bytes <= room.bytes) return {};
  const std::string why = room.by_limit
                              ? fmt::format(
                                    "the memory limit of {} leaves {}. Raise the limit, or take fewer "
                                    "rows or columns.",
                                    bytes_text(memory_limit()), free)
                              : fmt::format(
                                    "this machine has {} free. Close other programs, or take fewer "
                                    "rows or columns.",
                                    free);
  return Status::resource_limit(
      fmt::format("up to {} of memory are needed for {}, but {}", needed, step, why));
}

}  // namespace clipcluster
