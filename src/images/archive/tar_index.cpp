// The headers of a tar archive: POSIX.1-2001 (pax, ustar), GNU tar's variants (tar.h of GNU tar 1.34),
// and the format before both.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>

#include "images/archive/archive_index.h"
#include "images/bytes.h"

namespace clipcluster {
namespace {

constexpr std::uint64_t kBlock = 512;
// Of a name or of pax records: more is no name.
constexpr std::uint64_t kLongestText = 1 << 20;
constexpr std::size_t kMembersPerReport = 4096;

using Block = std::array<std::uint8_t, kBlock>;

std::string_view text_at(const Block& block, std::size_t at, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(block.data()) + at, size);
  return text.substr(0, text.find('\0'));
}

// Octal digits, or GNU's binary form for what does not fit them.
std::optional<std::uint64_t> number_at(const Block& block, std::size_t at, std::size_t size) {
  if ((block[at] & 0x80) != 0) {
    std::uint64_t value = block[at] & 0x7F;
    for (std::size_t i = 1; i < size; ++i) {
      if (value >> 55 != 0) return std::nullopt;
      value = value << 8 | block[at + i];
    }
    return value;
  }
  std::string_view digits = text_at(block, at, size);
  digits.remove_prefix(std::min(digits.find_first_not_of(' '), digits.size()));
  digits = digits.substr(0, digits.find(' '));
  std::uint64_t value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '7') return std::nullopt;
    value = value << 3 | static_cast<std::uint64_t>(digit - '0');
  }
  return value;
}

bool is_zero(const Block& block) {
  return std::all_of(block.begin(), block.end(), [](std::uint8_t byte) { return byte == 0; });
}

// The sum of the bytes, its own field taken as spaces. Some old programs added signed bytes.
bool checksum_fits(const Block& block) {
  const auto stored = number_at(block, 148, 8);
  std::int64_t sum = 0;
  std::int64_t signed_sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const std::uint8_t byte = i >= 148 && i < 156 ? ' ' : block[i];
    sum += byte;
    signed_sum += static_cast<std::int8_t>(byte);
  }
  return stored &&
         (static_cast<std::int64_t>(*stored) == sum || static_cast<std::int64_t>(*stored) == signed_sum);
}

std::uint64_t padded(std::uint64_t bytes) { return (bytes + kBlock - 1) / kBlock * kBlock; }

// What headers of their own say about the member that follows.
struct Extension {
  std::optional<std::string> name;
  std::optional<std::string> link;
  std::optional<std::uint64_t> size;
  bool sparse = false;
};

std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void read_pax_record(std::string_view key, std::string_view value, Extension& extension) {
  if (key == "path" && !extension.sparse) extension.name = value;
  if (key == "linkpath") extension.link = value;
  if (key == "size") extension.size = decimal(value);
  if (key.starts_with("GNU.sparse.")) extension.sparse = true;
  if (key == "GNU.sparse.name") extension.name = value;
}

// "LENGTH KEY=VALUE\n", LENGTH in decimal counting all of it. False where that is not so.
bool read_pax(std::string_view text, Extension& extension) {
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return false;
    const auto length = decimal(text.substr(0, space));
    if (!length || *length <= space + 1 || *length > text.size()) return false;
    const std::string_view record = text.substr(space + 1, static_cast<std::size_t>(*length) - space - 2);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos || text[static_cast<std::size_t>(*length) - 1] != '\n')
      return false;
    read_pax_record(record.substr(0, equals), record.substr(equals + 1), extension);
    text.remove_prefix(static_cast<std::size_t>(*length));
  }
  return true;
}

class TarReader {
 public:
  TarReader(const OpenFile& file, Progress& progress) : file_(file), progress_(progress) {
    index_.format = ArchiveFormat::tar;
  }

  ArchiveIndex read() {
    while (read_header()) {
    }
    index_.finish();
    resolve_links();
    return std::move(index_);
  }

 private:
  // False at the end, whether good or bad.
  bool read_header() {
    if (progress_.cancelled()) return false;
    Block block;
    const std::int64_t count = file_.read(at_, block);
    if (count == 0) return false;  // many writers leave out the two blocks of zeros
    if (count < static_cast<std::int64_t>(kBlock)) return stop_early();
    if (is_zero(block)) return false;
    const auto size = number_at(block, 124, 12);
    if (!checksum_fits(block) || !size) return stop_damaged();
    at_ += kBlock;
    const char kind = static_cast<char>(block[156]);
    return is_extension(kind) ? read_extension(kind, *size) : read_member(block, kind, *size);
  }

  bool stop_early() {
    index_.damage = DecodeFailure{
        SkipReason::truncated,
        fmt::format("The tar archive ends too early; copy or download it again. What lies before the break "
                    "is used ({} members).",
                    index_.members.size())};
    return false;
  }

  bool stop_damaged() {
    index_.damage = DecodeFailure{
        SkipReason::corrupt,
        fmt::format("The tar archive is damaged at byte {}; the {} members before it are used.", at_,
                    index_.members.size())};
    return false;
  }

  static bool is_extension(char kind) {
    return kind == 'x' || kind == 'X' || kind == 'g' || kind == 'L' || kind == 'K';
  }

  bool read_extension(char kind, std::uint64_t size) {
    if (size > kLongestText) return stop_damaged();
    std::string text(static_cast<std::size_t>(size), '\0');
    if (!file_.read_all(at_, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()})) {
      return stop_early();
    }
    if (kind == 'L') extension_.name = text.substr(0, text.find('\0'));
    if (kind == 'K') extension_.link = text.substr(0, text.find('\0'));
    const bool pax = kind == 'x' || kind == 'X';
    if (pax && !read_pax(text, extension_)) return stop_damaged();
    at_ += padded(size);
    return true;
  }

  static std::string name_of(const Block& block) {
    const std::string_view name = text_at(block, 0, 100);
    const bool posix = text_at(block, 257, 6) == "ustar" && block[263] == '0';
    const std::string_view prefix = posix ? text_at(block, 345, 155) : std::string_view();
    return prefix.empty() ? std::string(name) : fmt::format("{}/{}", prefix, name);
  }

  bool read_member(const Block& block, char kind, std::uint64_t size) {
    const Extension extension = std::exchange(extension_, {});
    const std::string name = extension.name.value_or(name_of(block));
    const std::string link = extension.link.value_or(std::string(text_at(block, 157, 100)));
    // Links, devices and folders have a size in some archives, but no content.
    const bool has_content = kind < '1' || kind > '6';
    ArchiveMember member;
    member.bytes = has_content ? extension.size.value_or(size) : 0;
    member.stored_bytes = member.bytes;
    member.modified_ns = modified_ns(file_.facts());
    member.state = state_of(kind, extension.sparse);
    if (kind == 'S' && block[482] != 0 && !skip_sparse_map()) return stop_early();
    member.offset = at_;
    const bool cut = at_ > file_.size() || member.stored_bytes > file_.size() - at_;
    if (cut && member.state == MemberState::usable) member.state = MemberState::cut;
    if (is_file(kind) && !name.ends_with('/')) add(name, link, member);
    if (cut) return stop_early();
    at_ += padded(member.stored_bytes);
    return true;
  }

  void add(const std::string& name, const std::string& link, const ArchiveMember& member) {
    if (member.state == MemberState::hard_link) links_[clean_member_name(name)] = clean_member_name(link);
    index_.add(name, member);
    if (index_.members.size() % kMembersPerReport == 0) {
      progress_.report({.step = "reading the archive",
                        .done = index_.members.size(),
                        .total = 0,
                        .unit = "members",
                        .bytes = at_});
    }
  }

  // Not folders, volume labels, parts of other volumes, lists of names.
  static bool is_file(char kind) { return kind != '5' && kind != 'V' && kind != 'M' && kind != 'D'; }

  static MemberState state_of(char kind, bool sparse) {
    if (kind == '1') return MemberState::hard_link;
    if (kind == '2') return MemberState::symbolic_link;
    if (kind == '3' || kind == '4' || kind == '6') return MemberState::special;
    return sparse || kind == 'S' ? MemberState::sparse : MemberState::usable;
  }

  // Blocks of 21 places each; the last byte used says whether another follows.
  bool skip_sparse_map() {
    for (Block block;;) {
      if (!file_.read_all(at_, block)) return false;
      at_ += kBlock;
      if (block[504] == 0) return true;
    }
  }

  // A hard link is one more name of a member before it.
  void resolve_links() {
    for (ArchiveMember& member : index_.members) {
      if (member.state != MemberState::hard_link) continue;
      const auto link = links_.find(std::string(index_.name(member)));
      const ArchiveMember* target = link == links_.end() ? nullptr : index_.find(link->second);
      if (target == nullptr || target->state == MemberState::hard_link) continue;
      member.offset = target->offset;
      member.stored_bytes = target->stored_bytes;
      member.bytes = target->bytes;
      member.state = target->state;
    }
  }

  const OpenFile& file_;
  Progress& progress_;
  ArchiveIndex index_;
  std::uint64_t at_ = 0;
  Extension extension_;
  std::unordered_map<std::string, std::string> links_;
};

}  // namespace

bool is_tar(const OpenFile& file) {
  Block block;
  if (!file.read_all(0, block)) return false;
  if (!is_zero(block)) return checksum_fits(block) && number_at(block, 124, 12).has_value();
  // An archive without members: nothing but zeros.
  return file.size() >= 2 * kBlock && file.read_all(kBlock, block) && is_zero(block);
}

ArchiveIndex make_tar_index(const OpenFile& file, Progress& progress) {
  return TarReader(file, progress).read();
}

}  // namespace clipcluster
