#include "images/file_problem.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace clipcluster {

DecodeFailure file_problem(const std::string& path, int error) {
  struct stat facts {};
  if (error == ELOOP) return {SkipReason::link_loop, "The symbolic link leads to itself."};
  if (error == ENXIO) return {SkipReason::not_a_regular_file, "This is a socket or a device, not a file."};
  if (error == ENOENT || error == ENOTDIR) {
    if (lstat(path.c_str(), &facts) == 0 && S_ISLNK(facts.st_mode)) {
      return {SkipReason::link_loop, "The symbolic link leads to a file that does not exist."};
    }
    return {SkipReason::not_found, "There is no such file or folder."};
  }
  const std::string reason = std::generic_category().message(error);
  return {SkipReason::unreadable, fmt::format("It could not be read: {}.", reason)};
}

DecodeFailure not_a_regular_file(mode_t mode) {
  const char* kind = S_ISDIR(mode)    ? "a folder"
                     : S_ISFIFO(mode) ? "a pipe"
                     : S_ISSOCK(mode) ? "a socket"
                                      : "a device";
  return {SkipReason::not_a_regular_file, fmt::format("This is {}, not a file.", kind)};
}

}  // namespace clipcluster
