// Which model this is, whatever the folder's name.
#pragma once

#include <string>

#include "clip/checkpoint.h"

namespace clipcluster::clip {

// 32 hexadecimal digits: XXH3-128 over config.json, preprocessor_config.json and the weight files.
// The tokenizer's files are left out: stored embeddings of images do not depend on them, and adding
// them to a folder later must not make those worthless.
Result<std::string> model_fingerprint(const std::string& folder, const Checkpoint& checkpoint);

}  // namespace clipcluster::clip
