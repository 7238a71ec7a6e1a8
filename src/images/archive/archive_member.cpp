#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>

#include "images/archive/archive.h"
#include "images/bytes.h"
#include "images/file_problem.h"

namespace clipcluster {
namespace {

using Bytes = std::vector<std::uint8_t>;

DecodeFailure cut_short() {
  return {SkipReason::truncated, "The archive ends before this member does; copy or download it again."};
}

DecodeFailure damaged_member() {
  return {SkipReason::corrupt,
          "This member of the archive is damaged: it does not have the size or the "
          "checksum that the archive gives for it."};
}

// APPNOTE.TXT 4.4.5
std::string method_name(std::uint16_t method) {
  switch (method) {
    case 1:
      return "Shrink";
    case 6:
      return "Implode";
    case 9:
      return "Deflate64";
    case 12:
      return "bzip2";
    case 14:
      return "LZMA";
    case 20:
    case 93:
      return "Zstandard";
    case 95:
      return "XZ";
    case 98:
      return "PPMd";
    default:
      return fmt::format("method {}", method);
  }
}

// Where a member's bytes begin. A zip's local header may be longer than the directory says.
std::optional<std::uint64_t> content_of(const OpenFile& file, ArchiveFormat format,
                                        const ArchiveMember& member) {
  if (format == ArchiveFormat::tar) return member.offset;
  std::array<std::uint8_t, 30> bytes{};
  const ByteReader header(bytes, false);
  if (!file.read_all(member.offset, bytes) || !header.matches(0, "PK\3\4")) return std::nullopt;
  return member.offset + bytes.size() + header.u16(26) + header.u16(28);
}

// zlib's inflate for the raw streams in zip archives.
class Inflater {
 public:
  Inflater() : ready_(inflateInit2(&stream_, -MAX_WBITS) == Z_OK) {}
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // How many bytes of `to` were filled; `ended` when the stream ends with exactly these.
  std::size_t fill(std::span<const std::uint8_t> from, std::span<std::uint8_t> to, bool& ended) {
    ended = false;
    if (!ready_) return 0;
    std::size_t read = 0;
    std::size_t written = 0;
    for (int result = Z_OK; result == Z_OK;) {
      // zlib counts in 32 bits.
      constexpr std::size_t most = std::size_t{1} << 30;
      const auto input = static_cast<uInt>(std::min(from.size() - read, most));
      const auto room = static_cast<uInt>(std::min(to.size() - written, most));
      stream_.next_in = const_cast<Bytef*>(from.data() + read);
      stream_.avail_in = input;
      stream_.next_out = to.data() + written;
      stream_.avail_out = room;
      result = inflate(&stream_, Z_NO_FLUSH);
      read += input - stream_.avail_in;
      written += room - stream_.avail_out;
      ended = result == Z_STREAM_END;
    }
    return written;
  }

 private:
  z_stream stream_{};
  bool ready_;
};

bool checksum_fits(const ArchiveMember& member, std::span<const std::uint8_t> content) {
  return crc32_z(0, content.data(), content.size()) == member.checksum;
}

std::variant<Bytes, DecodeFailure> unpack(const ArchiveMember& member, const Bytes& stored) {
  // One byte of room more shows a stream that goes on beyond its declared end.
  Bytes content(static_cast<std::size_t>(member.bytes) + 1);
  bool ended = false;
  const std::size_t count = Inflater().fill(stored, content, ended);
  content.resize(static_cast<std::size_t>(member.bytes));
  if (!ended || count != member.bytes) return damaged_member();
  return content;
}

std::variant<Bytes, DecodeFailure> read_content(const OpenFile& file, const ArchiveIndex& index,
                                                const ArchiveMember& member) {
  const auto begin = content_of(file, index.format, member);
  if (!begin) return damaged_member();
  if (member.stored_bytes > file.size() - std::min(file.size(), *begin)) return cut_short();
  Bytes stored(static_cast<std::size_t>(member.stored_bytes));
  const std::int64_t count = file.read(*begin, stored);
  if (count < 0) return file_problem("", errno);
  if (count < static_cast<std::int64_t>(stored.size())) return cut_short();
  if (index.format == ArchiveFormat::tar) return stored;
  std::variant<Bytes, DecodeFailure> content = DecodeFailure{};
  if (member.method == 0) {
    content = std::move(stored);
  } else {
    content = unpack(member, stored);
  }
  const auto* bytes = std::get_if<Bytes>(&content);
  if (bytes != nullptr && !checksum_fits(member, *bytes)) return damaged_member();
  return content;
}

}  // namespace

std::optional<DecodeFailure> member_problem(const ArchiveMember& member) {
  switch (member.state) {
    case MemberState::encrypted:
      return DecodeFailure{
          SkipReason::unsupported_format,
          "This member of the archive is encrypted; unpack the archive with its password."};
    case MemberState::unknown_method:
      return DecodeFailure{SkipReason::unsupported_format,
                           fmt::format("This member is compressed in its archive by {}, which is not read "
                                       "here; unpack the archive.",
                                       method_name(member.method))};
    case MemberState::sparse:
      return DecodeFailure{SkipReason::unsupported_format,
                           "This member is stored with holes (sparse); unpack the archive."};
    case MemberState::symbolic_link:
      return DecodeFailure{
          SkipReason::not_a_regular_file,
          "This member of the archive is a symbolic link; unpack the archive if it is needed."};
    case MemberState::hard_link:
      return DecodeFailure{SkipReason::link_loop,
                           "This member is a link to one that the archive does not have."};
    case MemberState::special:
      return DecodeFailure{SkipReason::not_a_regular_file,
                           "This member of the archive is a device or a pipe, not a file."};
    case MemberState::cut:
      return cut_short();
    case MemberState::overlaps:
      return DecodeFailure{SkipReason::corrupt,
                           "This member shares its bytes in the archive with another one, as in bombs."};
    case MemberState::damaged:
      return DecodeFailure{SkipReason::corrupt,
                           fmt::format("The archive says that {} bytes of this member unpack to {}, which "
                                       "cannot be.",
                                       member.stored_bytes, member.bytes)};
    case MemberState::usable:
      break;
  }
  return std::nullopt;
}

std::variant<Bytes, DecodeFailure> read_member(const OpenFile& file, const ArchiveIndex& index,
                                               const ArchiveMember& member, std::uint64_t max_bytes) {
  if (auto problem = member_problem(member)) return *problem;
  if (member.bytes == 0) return DecodeFailure{SkipReason::empty, "The file is empty."};
  if (std::max(member.bytes, member.stored_bytes) > max_bytes) {
    return DecodeFailure{SkipReason::too_large,
                         fmt::format("The file has {} bytes; the limit is {}.",
                                     std::max(member.bytes, member.stored_bytes), max_bytes)};
  }
  return read_content(file, index, member);
}

Bytes read_member_start(const OpenFile& file, const ArchiveIndex& index, const ArchiveMember& member,
                        std::size_t count) {
  if (member.state != MemberState::usable) return {};
  const auto begin = content_of(file, index.format, member);
  if (!begin) return {};
  const bool deflated = index.format == ArchiveFormat::zip && member.method != 0;
  // The tables of a stream's first block may take some hundred bytes.
  const std::uint64_t wanted = deflated ? 4096 : count;
  Bytes stored(static_cast<std::size_t>(std::min<std::uint64_t>(wanted, member.stored_bytes)));
  stored.resize(static_cast<std::size_t>(std::max<std::int64_t>(0, file.read(*begin, stored))));
  if (!deflated) return stored;
  Bytes start(count);
  bool ended = false;
  start.resize(Inflater().fill(stored, start, ended));
  return start;
}

}  // namespace clipcluster
