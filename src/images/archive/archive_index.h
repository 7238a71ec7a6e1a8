// Where the members of a zip or tar archive lie, so that each can be read without its neighbours.
//
// Neither libzip (a handle with the whole directory for each thread) nor libarchive (headers one
// after another) reads one of a million members by its place from several threads; both formats keep
// all that is needed in a few fixed fields.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clipcluster/images.h"
#include "clipcluster/progress.h"
#include "images/archive/open_file.h"

namespace clipcluster {

enum class MemberState : std::uint8_t {
  usable,
  encrypted,
  unknown_method,  // compressed in a way that is not read here; `method` says which
  sparse,
  symbolic_link,
  hard_link,  // to a member that the archive does not have
  special,    // a device or a pipe
  cut,        // the archive ends before the member does
  overlaps,   // shares its bytes with another member, as only a bomb does
  damaged,    // the sizes that the archive gives cannot be
};

struct ArchiveMember {
  std::uint64_t name_begin = 0;  // in ArchiveIndex::names
  std::uint32_t name_size = 0;
  std::uint32_t checksum = 0;      // CRC-32 of a zip's member
  std::uint64_t offset = 0;        // zip: of the local header; tar: of the content
  std::uint64_t stored_bytes = 0;  // in the archive
  std::uint64_t bytes = 0;         // of the content
  // Changes whenever the content may have changed. zip: the member's time, its fraction of a second
  // taken by the CRC, because zip has none. tar: the archive's time, for there is no checksum.
  std::int64_t modified_ns = 0;
  std::uint16_t method = 0;  // zip's
  MemberState state = MemberState::usable;
};

enum class ArchiveFormat { zip, tar };

// Immutable once made, so any number of threads may use it.
struct ArchiveIndex {
  ArchiveFormat format = ArchiveFormat::zip;
  std::string names;
  std::vector<ArchiveMember> members;   // by name, bytewise; each name once, folders left out
  std::size_t superseded = 0;           // members that a later one of the same name replaces
  std::optional<DecodeFailure> damage;  // of the archive as a whole; the members are good all the same

  std::string_view name(const ArchiveMember& member) const {
    return std::string_view(names).substr(member.name_begin, member.name_size);
  }
  const ArchiveMember* find(std::string_view name) const;
  // Those whose name begins so.
  std::span<const ArchiveMember> with_prefix(std::string_view prefix) const;
  std::size_t memory() const { return names.capacity() + members.capacity() * sizeof(ArchiveMember); }

  // While it is made: `raw_name` as it stands in the archive.
  void add(std::string_view raw_name, ArchiveMember member);
  // Sorts; of several members with one name the last stays, as when unpacking.
  void finish();
};

// Without "." and empty parts, so also without a leading slash: never more than a name.
std::string clean_member_name(std::string_view raw);

// By its name: is this an archive that can be read in place, or one that cannot?
bool has_archive_extension(std::string_view path);
bool has_unreadable_archive_extension(std::string_view path);
// By its first bytes (zip: also by its last).
std::optional<ArchiveFormat> archive_format(const OpenFile& file);

// Stops when progress.cancelled(); what it returns then is worth nothing.
ArchiveIndex make_zip_index(const OpenFile& file, Progress& progress);
ArchiveIndex make_tar_index(const OpenFile& file, Progress& progress);

bool is_zip(const OpenFile& file);
bool is_tar(const OpenFile& file);

}  // namespace clipcluster
