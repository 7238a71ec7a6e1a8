#include "cli/standard_input.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "cli/interrupt.h"

namespace clipcluster::cli {

Result<std::vector<std::string>> StandardInput::lines() {
  std::vector<std::string> lines;
  std::array<char, 65536> buffer;
  while (lines.empty() && !ended_) {
    const ssize_t count = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (interrupted()) return Status::cancelled();
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return Status::io("cannot read standard input: " + std::generic_category().message(errno));
    rest_.append(buffer.data(), static_cast<std::size_t>(count));
    ended_ = count == 0;
    std::size_t begin = 0;
    for (std::size_t end; (end = rest_.find(separator_, begin)) != std::string::npos; begin = end + 1) {
      lines.push_back(rest_.substr(begin, end - begin));
    }
    rest_.erase(0, begin);
    if (ended_ && !rest_.empty()) lines.push_back(std::exchange(rest_, {}));
  }
  return lines;
}

}  // namespace clipcluster::cli
