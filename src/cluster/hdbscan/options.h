#pragma once

#include <cstddef>

#include "clipcluster/hdbscan.h"

namespace clipcluster::hdbscan {

Status check_options(const HdbscanOptions& options);

// min_samples as asked for: its default is min_cluster_size.
int requested_min_samples(const HdbscanOptions& options);
// The rank of the core distance among n points: at most n - 1, at least 1.
int effective_min_samples(const HdbscanOptions& options, std::size_t n);

}  // namespace clipcluster::hdbscan
