// Digests of files: SHA-256, and the SHA-1 under which git knows a file's content.
#pragma once

#include <cstdint>
#include <string>

#include "clipcluster/status.h"

namespace clipcluster::models {

enum class DigestKind {
  sha256,
  git_blob,  // SHA-1 of "blob <length>\0" and the content
};

// Lower-case hexadecimal digits.
Result<std::string> file_digest(const std::string& path, DigestKind kind);

}  // namespace clipcluster::models
