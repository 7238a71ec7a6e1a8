#pragma once

#include "clipcluster/status.h"
#include "clipcluster/tsne.h"

namespace clipcluster::tsne {

Status check_options(const TsneOptions& options);

}  // namespace clipcluster::tsne
