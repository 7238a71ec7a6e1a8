// Names of clusters for people and programs.
#pragma once

#include <string>

#include "cli/session.h"
#include "clipcluster/words.h"

namespace clipcluster::cli {

Json to_json(const ClusterNames& names);
// A table, the largest clusters first.
std::string to_text(const ClusterNames& names);

}  // namespace clipcluster::cli
