#pragma once

#include <string>
#include <vector>

#include "clipcluster/status.h"

namespace clipcluster::cli {

// Standard input cut at `separator`, as it comes: another program may wait for the answer to one
// line before it writes the next.
class StandardInput {
 public:
  explicit StandardInput(char separator) : separator_(separator) {}

  // Waits until there is at least one whole line and gives all there are; none at the end. A last
  // line without separator counts. Status::cancelled() after Ctrl-C.
  Result<std::vector<std::string>> lines();

 private:
  char separator_;
  std::string rest_;
  bool ended_ = false;
};

}  // namespace clipcluster::cli
