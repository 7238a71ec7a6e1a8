// Which images the map shows as pictures at which zoom, chosen so that pictures never cover each
// other and never come and go while the map is moved.
#pragma once

#include <cstdint>
#include <vector>

#include "report/page_order.h"

namespace clipcluster::report {

inline constexpr int picture_levels_per_halving = 4;  // of the spacing
inline constexpr int picture_level_count = 18 * picture_levels_per_halving;
inline constexpr std::uint8_t no_picture_level = 255;  // covered by another one at every zoom

// At level l two pictures are at least picture_spacing(l) apart in x or in y, in units of the map.
double picture_spacing(int level);

// By place: the first level at which the image is shown. The typical images of the large clusters
// come first, noise last.
std::vector<std::uint8_t> choose_picture_levels(const ReportInput& input, const PageOrder& order);

}  // namespace clipcluster::report
