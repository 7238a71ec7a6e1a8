#pragma once

#include "clipcluster/duplicates.h"
#include "duplicates/alignment.h"

namespace clipcluster::internal {

// compare_pictures, for pictures that are compared more than once.
PictureAgreement compare_with_template(const Template& first, const PictureSquare& second);

}  // namespace clipcluster::internal
