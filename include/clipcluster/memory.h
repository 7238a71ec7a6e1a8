// How much memory the steps may use. A step that needs much says how much before it starts, and
// refuses with ErrorCode::resource_limit when it cannot have it, instead of being killed half-way.
#pragma once

#include <cstdint>
#include <string_view>

#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

// Bytes that this process may hold from now on, mapped files not counted; 0, the default: as much as
// the machine can give. The steps keep to it by refusing to start, not by working differently.
void set_memory_limit(std::uint64_t bytes);
std::uint64_t memory_limit();

struct MemoryRoom {
  std::uint64_t bytes = 0;  // that can still be allocated
  bool by_limit = false;    // memory_limit() is what bounds it, not the machine
};
// The least of what the operating system calls available, what the control group of this process
// leaves (containers), and memory_limit() less what this process holds. Without /proc: no bound but
// memory_limit().
MemoryRoom memory_room();

// Tells `progress` that `step` needs up to `bytes`, and returns resource_limit if there is no room
// for them. `step` fits behind "for": "the neighbours of 150,000 rows".
Status require_memory(std::string_view step, std::uint64_t bytes, Progress& progress = Progress::none());

}  // namespace clipcluster
