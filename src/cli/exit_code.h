#pragma once

namespace clipcluster::cli {

// What the shell sees (docs/command-line.md).
enum class ExitCode {
  done = 0,
  failed = 1,
  wrong_usage = 2,
  some_skipped = 3,  // done, but some images could not be used
  interrupted = 130,
};

}  // namespace clipcluster::cli
