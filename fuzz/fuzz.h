// The fuzz targets: each takes any bytes whatever, hands them to one reader of files, and requires what
// must hold of the answer. HACKING.md says how to run and to add them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "clipcluster/status.h"

// One function and one file of that name each; fuzz/CMakeLists.txt makes a program of each.
#define CLIPCLUSTER_FUZZ_TARGETS(X) \
  X(archive)                        \
  X(clip_config)                    \
  X(image)                          \
  X(labels_file)                    \
  X(model_file)                     \
  X(npy)                            \
  X(piece_model)                    \
  X(pickled_tensors)                \
  X(preprocessor_config)            \
  X(safetensors)                    \
  X(tokenizer)                      \
  X(torch_archive)                  \
  X(vocabulary)

namespace clipcluster::fuzz {

using Bytes = std::span<const std::uint8_t>;

#define CLIPCLUSTER_FUZZ_DECLARE(name) void name(Bytes bytes);
CLIPCLUSTER_FUZZ_TARGETS(CLIPCLUSTER_FUZZ_DECLARE)
#undef CLIPCLUSTER_FUZZ_DECLARE

// Ends the process with the sentence when it does not hold, in every kind of build.
void require(bool holds, const char* sentence);

// An error must have something to say.
void require_sentence(const Status& status);

// A file that is only in memory, for readers that want a path.
class MemoryFile {
 public:
  explicit MemoryFile(Bytes content);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  int file_;
  std::string path_;
};

// A folder for readers that want several files; removed at the end of the process. In memory where the
// system has such a place: a disk would be the slowest part.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }
  void write(const std::string& name, std::string_view content) const;

 private:
  std::string path_;
};

}  // namespace clipcluster::fuzz
