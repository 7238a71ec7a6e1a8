// How firmly each image belongs to its cluster, or why it is in none, in columns by place.
#pragma once

#include <nlohmann/json.hpp>

#include "clipcluster/report.h"
#include "report/page_order.h"

namespace clipcluster::report {

inline constexpr std::uint8_t no_confidence = 255;  // else confidence * 254
inline constexpr std::uint16_t no_cluster = 65535;
inline constexpr std::size_t nearest_shown = 3;

// "tier" and "reason": the values of the enumerations, a byte each. "confidence": a byte each. "nearest":
// nearest_shown 16 bit labels for each image that has a reason, in the order of places. A column that would
// say the same of every image is empty.
nlohmann::json belonging_json(const ReportInput& input, const PageOrder& order);

// Whether the nearest clusters exist.
Status check_belonging(const ReportInput& input);

}  // namespace clipcluster::report
