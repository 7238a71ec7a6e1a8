// The index of a zip or tar archive, and every member read through it. Tar's headers carry checksums,
// which no fuzzer guesses: the bytes are read once as they are and once with those put right.
#include "images/archive/archive.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <string_view>
#include <vector>

#include "fuzz.h"

namespace clipcluster::fuzz {
namespace {

constexpr std::uint64_t kLargestMember = 1 << 16;
constexpr std::size_t kBlock = 512;     // of a tar archive
constexpr std::size_t kChecksum = 148;  // in a header
constexpr std::size_t kMagic = 257;

void require_members(const OpenFile& file, const ArchiveIndex& index) {
  std::string_view before;
  for (const ArchiveMember& member : index.members) {
    require(member.name_begin + member.name_size <= index.names.size(), "a name lies among the names");
    const std::string_view name = index.name(member);
    require(!name.empty() && !name.starts_with('/'), "a member has a name without a slash before it");
    require(before < name, "names are sorted, and each is there once");
    require(index.find(name) == &member, "a member is found by its name");
    before = name;
    require(read_member_start(file, index, member, 32).size() <= 32, "no more is read than was asked for");
    const auto content = read_member(file, index, member, kLargestMember);
    if (const auto* failure = std::get_if<DecodeFailure>(&content)) {
      require(!failure->message.empty(), "a refusal has a message");
    } else {
      require(std::get<0>(content).size() == member.bytes && member.bytes <= kLargestMember,
              "a member has the size that its archive says");
    }
  }
}

void read(Bytes bytes) {
  const MemoryFile memory(bytes);
  const OpenFile file(memory.path());
  const auto format = archive_format(file);
  if (!format) return;
  require_members(file, *format == ArchiveFormat::zip ? make_zip_index(file, Progress::none())
                                                      : make_tar_index(file, Progress::none()));
}

void set_checksum(std::uint8_t* header) {
  std::fill_n(header + kChecksum, 8, std::uint8_t{' '});
  const unsigned sum = std::accumulate(header, header + kBlock, 0U);
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", sum);
  std::copy_n(digits, 7, header + kChecksum);
}

// Of what says that it is a header, and of the first block whatever it says.
std::vector<std::uint8_t> with_right_checksums(Bytes bytes) {
  std::vector<std::uint8_t> file(bytes.begin(), bytes.end());
  for (std::size_t at = 0; at + kBlock <= file.size(); at += kBlock) {
    const bool is_header = std::memcmp(file.data() + at + kMagic, "ustar", 5) == 0;
    if (at == 0 || is_header) set_checksum(file.data() + at);
  }
  return file;
}

}  // namespace

void archive(Bytes bytes) {
  read(bytes);
  const bool is_zip = bytes.size() > 2 && bytes[0] == 'P' && bytes[1] == 'K';
  if (bytes.size() >= kBlock && !is_zip) read(with_right_checksums(bytes));
}

}  // namespace clipcluster::fuzz
