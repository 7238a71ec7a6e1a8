// Zip and tar archives read in place. A member's path is the archive's path, a slash and the
// member's name: "photos.zip/cats/1.jpg". No file can have that path, because the operating system
// looks for nothing behind a file, so it means one thing only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "images/archive/archive_index.h"

namespace clipcluster {

using SharedIndex = std::shared_ptr<const ArchiveIndex>;

// The index of `path`, which `file` has open. It is made once, kept for later readers, and made again
// when the file has changed. Thread-safe.
std::variant<SharedIndex, DecodeFailure> archive_index(const std::string& path, const OpenFile& file,
                                                       Progress& progress = Progress::none());

struct MemberPath {
  std::string archive;
  std::string member;
};
// `path` taken apart, if a part of it before a slash is a file with an archive's name.
std::optional<MemberPath> split_member_path(const std::string& path);

// Why a member cannot be used, as far as the index tells.
std::optional<DecodeFailure> member_problem(const ArchiveMember& member);

std::variant<std::vector<std::uint8_t>, DecodeFailure> read_member(const OpenFile& file,
                                                                   const ArchiveIndex& index,
                                                                   const ArchiveMember& member,
                                                                   std::uint64_t max_bytes);
// The first bytes of a member; fewer or none where they cannot be had.
std::vector<std::uint8_t> read_member_start(const OpenFile& file, const ArchiveIndex& index,
                                            const ArchiveMember& member, std::size_t count);

// What read_image_file does for the path of a member.
std::variant<std::vector<std::uint8_t>, DecodeFailure> read_member_file(const MemberPath& path,
                                                                        std::uint64_t max_bytes);

}  // namespace clipcluster
