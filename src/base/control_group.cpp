#include "base/control_group.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace clipcluster::internal {
namespace {

std::optional<std::uint64_t> number_in(const std::string& file) {
  std::ifstream stream(file);
  std::uint64_t value = 0;
  if (stream >> value) return value;  // "max" is no number: no limit
  return std::nullopt;
}

std::uint64_t entry(const std::string& file, const std::string& name) {
  std::ifstream stream(file);
  std::string key;
  std::uint64_t value = 0;
  while (stream >> key >> value) {
    if (key == name) return value;
  }
  return 0;
}

std::optional<std::uint64_t> room_of(const std::string& folder) {
  const auto limit = number_in(folder + "/memory.max");
  const auto used = number_in(folder + "/memory.current");
  if (!limit || !used) return std::nullopt;
  const std::uint64_t reclaimable = entry(folder + "/memory.stat", "inactive_file");
  const std::uint64_t held = *used - std::min(*used, reclaimable);
  return *limit - std::min(*limit, held);
}

// "0::/user.slice/a.service" to "/user.slice/a.service"; version 1's lines name controllers.
std::optional<std::string> group_path(const std::string& membership) {
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("0::/")) return line.substr(3);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> control_group_room(const std::string& root, const std::string& membership) {
  auto path = group_path(membership);
  if (!path) return std::nullopt;
  std::optional<std::uint64_t> least;
  while (true) {
    if (const auto room = room_of(root + *path)) least = std::min(least.value_or(*room), *room);
    if (path->empty() || *path == "/") return least;
    path->erase(path->rfind('/'));
  }
}

}  // namespace clipcluster::internal
