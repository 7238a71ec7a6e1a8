// The trees of an HDBSCAN fit as files: .csv, .json or .npy, by the file's name.
#pragma once

#include <string>

#include "cli/outputs.h"
#include "clipcluster/hdbscan.h"

namespace clipcluster::cli {

// UsageError when the name of `path`, given by `option`, ends in none of the three; empty is fine.
void expect_table_name(const std::string& option, const std::string& path);

// Columns parent, child, lambda, child_size; infinity is inf, in JSON null.
Status write_condensed_tree(Outputs& outputs, const std::string& path, const HdbscanResult& result);
// left, right, distance, size: SciPy's linkage.
Status write_linkage(Outputs& outputs, const std::string& path, const HdbscanResult& result);
// a, b, distance.
Status write_spanning_tree(Outputs& outputs, const std::string& path, const HdbscanResult& result);
// label, row.
Status write_exemplars(Outputs& outputs, const std::string& path,
                       const std::vector<std::vector<std::int32_t>>& exemplars);

}  // namespace clipcluster::cli
