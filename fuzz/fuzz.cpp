#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace clipcluster::fuzz {

void require(bool holds, const char* sentence) {
  if (holds) return;
  std::fprintf(stderr, "this must hold, but does not: %s\n", sentence);
  std::abort();
}

void require_sentence(const Status& status) {
  require(status.is_ok() || !status.message().empty(), "an error has a message");
}

MemoryFile::MemoryFile(Bytes content) : file_(memfd_create("fuzz", MFD_CLOEXEC)) {
  require(file_ >= 0, "a file in memory can be made");
  const ssize_t written = write(file_, content.data(), content.size());
  require(written == static_cast<ssize_t>(content.size()), "a file in memory can be written");
  path_ = "/proc/self/fd/" + std::to_string(file_);
}

MemoryFile::~MemoryFile() { close(file_); }

ScratchFolder::ScratchFolder() : path_("/dev/shm/clipcluster-fuzz-XXXXXX") {
  if (mkdtemp(path_.data()) != nullptr) return;
  path_ = "/tmp/clipcluster-fuzz-XXXXXX";
  require(mkdtemp(path_.data()) != nullptr, "a temporary folder can be made");
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void ScratchFolder::write(const std::string& name, std::string_view content) const {
  std::ofstream(path_ + "/" + name, std::ios::binary) << content;
}

}  // namespace clipcluster::fuzz
