#include <cerrno>

#include "images/archive/archive.h"
#include "images/file_problem.h"

namespace clipcluster {

std::optional<MemberPath> split_member_path(const std::string& path) {
  for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
       slash = path.rfind('/', slash - 1)) {
    std::string archive = path.substr(0, slash);
    if (!has_archive_extension(archive)) continue;
    struct stat facts {};
    if (stat(archive.c_str(), &facts) != 0) continue;
    if (!S_ISREG(facts.st_mode)) return std::nullopt;
    return MemberPath{std::move(archive), clean_member_name(path.substr(slash + 1))};
  }
  return std::nullopt;
}

std::variant<std::vector<std::uint8_t>, DecodeFailure> read_member_file(const MemberPath& path,
                                                                        std::uint64_t max_bytes) {
  const OpenFile file(path.archive);
  if (file.error() != 0) return file_problem(path.archive, file.error());
  auto found = archive_index(path.archive, file);
  if (auto* failure = std::get_if<DecodeFailure>(&found)) return std::move(*failure);
  const SharedIndex& index = std::get<SharedIndex>(found);
  const ArchiveMember* member = index->find(path.member);
  if (member == nullptr) {
    return DecodeFailure{SkipReason::not_found, "The archive has no member of this name."};
  }
  return read_member(file, *index, *member, max_bytes);
}

}  // namespace clipcluster
