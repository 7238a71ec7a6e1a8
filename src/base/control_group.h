// What the control group of a process leaves it: the memory limit of a container or a service.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace clipcluster::internal {

// Bytes that may still be allocated below the limits of the control group (version 2) named in
// `membership` (the content of /proc/self/cgroup) and of the groups above it, whose files are below
// `root`. File pages that the kernel can drop count as free. None where nothing limits.
std::optional<std::uint64_t> control_group_room(const std::string& root, const std::string& membership);

}  // namespace clipcluster::internal
