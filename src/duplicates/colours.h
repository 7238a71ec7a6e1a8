// Whether two pictures that lie over each other have the same colours.
#pragma once

#include <array>

#include "duplicates/overlay.h"
#include "duplicates/pyramid.h"

namespace clipcluster::internal {

// Blocks of 1/8 of the side, in rows from the top: true where both show a colour and not the same one.
using OtherColours = std::array<bool, 64>;
OtherColours find_other_colours(const ColourLevels& first, const ColourLevels& second,
                                const Placement& placement);

}  // namespace clipcluster::internal
