// The files that a subcommand was asked to write.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"
#include "clipcluster/array_files.h"

namespace clipcluster::cli {

// Says what is wrong with a place before hours are spent on what should go there, and remembers for
// the result what was written.
class Outputs {
 public:
  // `path` empty: not asked for. UsageError when two options name one file; an error when its folder
  // does not exist or cannot be written.
  Status expect(const std::string& option, const std::string& path);

  // Nothing happens for an empty path. Status::cancelled() after Ctrl-C.
  template <class Array>
  Status write(const std::string& path, const Array& array);
  Status write_text(const std::string& path, const std::string& text);
  Status write_model(const std::string& path, const NamedArrays& model);

  // "a.npy, b.npy"
  std::string names() const;
  Json to_json() const;

 private:
  struct Place {
    std::string option;
    std::string path;
  };
  Status written(const std::string& path, const Status& outcome);

  std::vector<Place> expected_;
  std::vector<std::string> written_;
};

Status stop_if_interrupted();

template <class Array>
Status Outputs::write(const std::string& path, const Array& array) {
  if (path.empty()) return {};
  CLIPCLUSTER_RETURN_IF_ERROR(stop_if_interrupted());
  return written(path, write_npy(path, array));
}

}  // namespace clipcluster::cli
