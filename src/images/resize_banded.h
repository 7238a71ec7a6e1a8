// The resize four rows at a time, where the processor has the instructions for it.
#pragma once

#include "images/resize.h"

namespace clipcluster {

bool can_resize_banded();

// resize_window's pixels.
Image resize_window_banded(const Image& image, const ResizeAxis& horizontal, const ResizeAxis& vertical);

}  // namespace clipcluster
