// Numbers for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/number_text.h"

namespace clipcluster::cli {

std::string counted(std::uint64_t number, std::string_view singular,
                    std::string_view plural);  // "1 image", "8,121 images"
std::string clock_text(double seconds);        // "0:07", "1:02:03"
std::string percent(double share);             // "15.5 %"

}  // namespace clipcluster::cli
