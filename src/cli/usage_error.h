#pragma once

#include <stdexcept>

namespace clipcluster::cli {

// Options that do not fit together or do not fit the data: the sentence is printed and the program
// ends with ExitCode::wrong_usage. Thrown and caught inside the program only.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace clipcluster::cli
