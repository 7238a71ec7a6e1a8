// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace clipcluster {

// "1,234,567".
std::string grouped(std::uint64_t number);
// "0.42 s", "75.0 s", "12 min 5 s", "3 h 20 min".
std::string seconds_text(double seconds);
std::string bytes_text(std::uint64_t bytes);  // "12.3 MB"

}  // namespace clipcluster
