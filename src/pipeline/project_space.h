// Which embedding space a run wants, and whether it is the one that the project has.
#pragma once

#include <functional>
#include <string>

#include "clipcluster/clip.h"
#include "clipcluster/pipeline.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

// The project has the space that the options ask for, as far as can be told without loading the model:
// its files are where they were when it was last loaded, with the same sizes and times. Then what it
// would say is known, and who has nothing to embed need not load it.
Result<bool> has_wanted_space(const Project& project, const EmbedOptions& options);

// Makes the model's space the project's. Another one than before drops all embeddings, and a sentence
// says why.
Status take_space(Project& project, const ClipModel& model, const EmbedOptions& options,
                  const std::function<void(const std::string&)>& note);

// DecodeOptions::fast_decode_side of the project's embeddings.
Result<int> fast_decode_side(const Project& project);

}  // namespace clipcluster::internal
