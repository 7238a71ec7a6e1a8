// preprocessor_config.json: how the checkpoint's images are resized, cropped and scaled.
#pragma once

#include <string>

#include "clip/config.h"
#include "clipcluster/images.h"
#include "clipcluster/status.h"

namespace clipcluster::clip {

// `size` and `crop_size` are numbers or objects; absent keys have the defaults of CLIPImageProcessor, or
// of SiglipImageProcessor. What the images room cannot do (another filter than bicubic, no resizing) is
// an error.
Result<PreprocessOptions> read_preprocessor_config(const std::string& path,
                                                   Architecture architecture = Architecture::clip);

}  // namespace clipcluster::clip
