// The entries of a ZIP archive whose members are stored, not compressed, as PyTorch writes them.
// PKWARE's APPNOTE.TXT, with ZIP64.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "clipcluster/status.h"

namespace clipcluster::clip {

// Name to content. Every offset is checked; `path` is for the sentences.
Result<std::map<std::string, std::span<const std::byte>>> stored_entries(std::span<const std::byte> archive,
                                                                         const std::string& path);

}  // namespace clipcluster::clip
