// The sentences that several decoders share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "clipcluster/images.h"

namespace clipcluster {

DecodeFailure ends_early(std::string_view format);
DecodeFailure damaged(std::string_view format);
DecodeFailure no_memory();

// The refusal, if a picture of this size has no pixels or more than options.max_pixels. Called
// before any memory is spent on it.
std::optional<DecodeFailure> check_size(std::uint64_t width, std::uint64_t height,
                                        const DecodeOptions& options);

}  // namespace clipcluster
