#include "base/system_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace clipcluster::internal {
namespace {

std::string_view remedy(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "; free some space or write to another disk";
    case EACCES:
    case EPERM:
      return "; check the permissions of the file and of its folder";
    case EROFS:
      return "; write to another folder";
    case ENOENT:
      return "; check the path, and that its folder exists";
    case EMFILE:
    case ENFILE:
      return "; raise the limit with ulimit -n";
    default:
      return "";
  }
}

}  // namespace

Status system_error(std::string_view action, const std::string& path, int error) {
  std::string reason = std::generic_category().message(error);
  if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z')
    reason[0] = static_cast<char>(reason[0] + 32);
  return {error == ENOENT ? ErrorCode::not_found : ErrorCode::io,
          fmt::format("cannot {} '{}': {}{}", action, path, reason, remedy(error))};
}

}  // namespace clipcluster::internal
