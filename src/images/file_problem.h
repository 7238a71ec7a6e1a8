// Why the operating system would not give a file.
#pragma once

#include <sys/types.h>

#include <string>

#include "clipcluster/images.h"

namespace clipcluster {

// `error`: errno of the call on `path` that failed.
DecodeFailure file_problem(const std::string& path, int error);
DecodeFailure not_a_regular_file(mode_t mode);

}  // namespace clipcluster
