// The central directory of a zip archive, from PKWARE's APPNOTE.TXT 6.3: end record (4.3.16), zip64
// (4.3.14, 4.3.15, 4.5.3), entries (4.3.12); and the local headers (4.3.7) where there is none.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "images/archive/archive_index.h"
#include "images/bytes.h"

namespace clipcluster {
namespace {

constexpr std::uint64_t kEndBytes = 22;
constexpr std::uint64_t kLongestComment = 0xFFFF;
constexpr std::uint64_t kEntryBytes = 46;
constexpr std::uint64_t kLocalBytes = 30;
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;
constexpr std::size_t kMembersPerReport = 4096;

constexpr std::string_view kEnd = "PK\5\6";
constexpr std::string_view kEntry = "PK\1\2";
constexpr std::string_view kLocal = "PK\3\4";

ByteReader reader(std::span<const std::uint8_t> bytes) { return {bytes, false}; }

// The file's bytes in order, through a window: a directory of a million entries is some 100 MB.
class Window {
 public:
  explicit Window(const OpenFile& file) : file_(file), bytes_(std::size_t{1} << 18) {}

  // `count` bytes, fewer at the end of the file. Valid until the next call.
  std::span<const std::uint8_t> at(std::uint64_t place, std::size_t count) {
    if (place < begin_ || place + count > begin_ + size_) {
      begin_ = place;
      size_ = static_cast<std::size_t>(std::max<std::int64_t>(0, file_.read(place, bytes_)));
    }
    const auto skip = static_cast<std::size_t>(place - begin_);
    return std::span<const std::uint8_t>(bytes_).subspan(skip, std::min(count, size_ - skip));
  }

 private:
  const OpenFile& file_;
  std::vector<std::uint8_t> bytes_;  // longer than an entry can be: 46 + 3 * 65,535 bytes
  std::uint64_t begin_ = 0;
  std::size_t size_ = 0;
};

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t shift = 0;  // bytes before the archive proper, which its offsets do not count
  bool several_disks = false;
};

// The zip64 end record's place, from the locator just before the end record.
void read_zip64(const OpenFile& file, std::uint64_t end, std::uint64_t& size, std::uint64_t& offset,
                Directory& directory) {
  std::array<std::uint8_t, 20> locator{};
  if (end < locator.size() || !file.read_all(end - locator.size(), locator)) return;
  if (!reader(locator).matches(0, "PK\6\7")) return;
  std::array<std::uint8_t, 56> record{};
  const std::uint64_t place = reader(locator).u64(8);
  if (!file.read_all(place, record) || !reader(record).matches(0, "PK\6\6")) return;
  directory.entries = reader(record).u64(32);
  size = reader(record).u64(40);
  offset = reader(record).u64(48);
  directory.end = place;
}

std::optional<Directory> directory_at(const OpenFile& file, ByteReader tail, std::uint64_t at,
                                      std::uint64_t end) {
  Directory directory;
  directory.entries = tail.u16(at + 10);
  directory.end = end;
  std::uint64_t size = tail.u32(at + 12);
  std::uint64_t offset = tail.u32(at + 16);
  const std::uint16_t disk = tail.u16(at + 4);
  directory.several_disks = disk != 0 && disk != 0xFFFF;
  if (size == kIn64 || offset == kIn64 || directory.entries == 0xFFFF) {
    read_zip64(file, end, size, offset, directory);
  }
  if (directory.entries == 0 && size == 0) {
    directory.begin = directory.end;
    return directory;
  }
  for (const std::uint64_t begin : {directory.end - std::min(size, directory.end), offset}) {
    std::array<std::uint8_t, 4> start{};
    if (begin < offset || !file.read_all(begin, start) || !reader(start).matches(0, kEntry)) continue;
    directory.begin = begin;
    directory.shift = begin - offset;
    return directory;
  }
  return std::nullopt;
}

std::optional<Directory> find_directory(const OpenFile& file) {
  const std::uint64_t count = std::min(file.size(), kEndBytes + kLongestComment);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count));
  if (count < kEndBytes || !file.read_all(file.size() - count, bytes)) return std::nullopt;
  const ByteReader tail = reader(bytes);
  for (std::uint64_t at = count - kEndBytes + 1; at-- > 0;) {
    if (!tail.matches(at, kEnd) || at + kEndBytes + tail.u16(at + 20) > count) continue;
    if (auto directory = directory_at(file, tail, at, file.size() - count + at)) return directory;
  }
  return std::nullopt;
}

// Seconds since 1970 of a time as MS-DOS keeps it, taken as UTC: zip does not say the zone.
std::int64_t dos_seconds(std::uint16_t date, std::uint16_t time) {
  using namespace std::chrono;
  const year_month_day day{year{1980 + (date >> 9)}, month{static_cast<unsigned>(date >> 5 & 15)},
                           std::chrono::day{static_cast<unsigned>(date & 31)}};
  const std::int64_t days = day.ok() ? sys_days(day).time_since_epoch().count() : 0;
  return days * 86'400 + (time >> 11) * 3600 + (time >> 5 & 63) * 60 + (time & 31) * 2;
}

// The fields of an entry that its extra fields may replace.
struct Fields {
  std::uint64_t bytes = 0;
  std::uint64_t stored = 0;
  std::uint64_t offset = 0;
  std::int64_t seconds = 0;
};

void read_zip64_field(ByteReader field, Fields& fields) {
  std::uint64_t at = 0;
  for (std::uint64_t* value : {&fields.bytes, &fields.stored, &fields.offset}) {
    if (*value != kIn64) continue;
    if (!field.has(at, 8)) return;
    *value = field.u64(at);
    at += 8;
  }
}

void read_extra(ByteReader extra, Fields& fields) {
  for (std::uint64_t at = 0; extra.has(at, 4);) {
    const std::uint16_t size = extra.u16(at + 2);
    const ByteReader field = reader(extra.part(at + 4, size));
    if (extra.u16(at) == 0x0001) read_zip64_field(field, fields);
    // Info-ZIP's "UT": flags, then the time of change.
    if (extra.u16(at) == 0x5455 && (field.u8(0) & 1) != 0 && field.has(1, 4)) {
      fields.seconds = static_cast<std::int32_t>(field.u32(1));
    }
    at += 4 + std::uint64_t{size};
  }
}

MemberState state_of(std::uint16_t flags, std::uint16_t method, const Fields& fields) {
  constexpr std::uint16_t encrypted = 1 | 1 << 6 | 1 << 13;
  // Deflate codes at best 258 bytes in two bits.
  constexpr std::uint64_t best_ratio = 1032;
  if ((flags & encrypted) != 0) return MemberState::encrypted;
  if (method != 0 && method != 8) return MemberState::unknown_method;
  if (method == 0 && fields.bytes != fields.stored) return MemberState::damaged;
  if (fields.bytes / best_ratio > fields.stored) return MemberState::damaged;
  return MemberState::usable;
}

// What central and local headers have in common stands in the same order, `at` bytes further on.
ArchiveMember member_of(ByteReader header, std::uint64_t at, const Fields& fields) {
  ArchiveMember member;
  member.method = header.u16(at + 2);
  member.checksum = header.u32(at + 8);
  member.offset = fields.offset;
  member.stored_bytes = fields.stored;
  member.bytes = fields.bytes;
  member.modified_ns = fields.seconds * 1'000'000'000 + member.checksum % 1'000'000'000;
  member.state = state_of(header.u16(at), member.method, fields);
  return member;
}

void mark_kind(ByteReader entry, ArchiveMember& member) {
  constexpr std::uint8_t unix_host = 3;
  if (entry.u8(5) != unix_host) return;
  const mode_t kind = static_cast<mode_t>(entry.u32(38) >> 16) & S_IFMT;
  if (kind == S_IFLNK) member.state = MemberState::symbolic_link;
  if (kind == S_IFBLK || kind == S_IFCHR || kind == S_IFIFO) member.state = MemberState::special;
}

// Some Windows programs part folders by backslashes, against 4.4.17.1.
std::string entry_name(std::span<const std::uint8_t> bytes, std::uint8_t host) {
  std::string name(bytes.begin(), bytes.end());
  if (host == 0 && name.find('/') == std::string::npos) std::replace(name.begin(), name.end(), '\\', '/');
  return name;
}

// The length of the entry at `at`; 0 when there is none.
std::uint64_t add_entry(Window& window, std::uint64_t at, const Directory& directory, ArchiveIndex& index) {
  const ByteReader fixed = reader(window.at(at, kEntryBytes));
  if (!fixed.has(0, kEntryBytes) || !fixed.matches(0, kEntry)) return 0;
  const std::uint64_t names = fixed.u16(28);
  const std::uint64_t extras = fixed.u16(30);
  const std::uint64_t size = kEntryBytes + names + extras + fixed.u16(32);
  const ByteReader entry = reader(window.at(at, static_cast<std::size_t>(size)));
  if (!entry.has(0, size)) return 0;
  Fields fields{entry.u32(24), entry.u32(20), entry.u32(42), dos_seconds(entry.u16(14), entry.u16(12))};
  read_extra(reader(entry.part(kEntryBytes + names, extras)), fields);
  fields.offset += directory.shift;
  const std::string name = entry_name(entry.part(kEntryBytes, names), entry.u8(5));
  ArchiveMember member = member_of(entry, 8, fields);
  mark_kind(entry, member);
  if (!name.ends_with('/')) index.add(name, member);
  return size;
}

bool report(const ArchiveIndex& index, std::uint64_t done, std::uint64_t total, Progress& progress) {
  if (index.members.size() % kMembersPerReport == 0) {
    progress.report({.step = "reading the archive", .done = done, .total = total, .unit = "members"});
  }
  return !progress.cancelled();
}

void add_directory(const OpenFile& file, const Directory& directory, ArchiveIndex& index,
                   Progress& progress) {
  Window window(file);
  std::uint64_t count = 0;
  for (std::uint64_t at = directory.begin; at + kEntryBytes <= directory.end; ++count) {
    const std::uint64_t size = add_entry(window, at, directory, index);
    if (size == 0 || !report(index, count, directory.entries, progress)) break;
    at += size;
  }
  // Writers that know no zip64 keep the last 16 bits of a larger count.
  if ((count & 0xFFFF) != (directory.entries & 0xFFFF)) {
    index.damage =
        DecodeFailure{SkipReason::corrupt, fmt::format("The archive's directory is damaged: it should have "
                                                       "{} entries, and {} can be read and are used.",
                                                       directory.entries, count)};
  }
}

// Without a directory, as far as the local headers give the sizes (a stream's do not).
void add_local_headers(const OpenFile& file, ArchiveIndex& index, Progress& progress) {
  Window window(file);
  for (std::uint64_t at = 0; report(index, index.members.size(), 0, progress);) {
    const ByteReader fixed = reader(window.at(at, kLocalBytes));
    if (!fixed.has(0, kLocalBytes) || !fixed.matches(0, kLocal)) break;
    const std::uint64_t names = fixed.u16(26);
    const std::uint64_t extras = fixed.u16(28);
    const std::uint64_t size = kLocalBytes + names + extras;
    const ByteReader header = reader(window.at(at, static_cast<std::size_t>(size)));
    Fields fields{header.u32(22), header.u32(18), at, dos_seconds(header.u16(12), header.u16(10))};
    const bool streamed = (header.u16(6) & 8) != 0 && fields.stored == 0;
    if (!header.has(0, size) || streamed) break;
    read_extra(reader(header.part(kLocalBytes + names, extras)), fields);
    const std::string name = entry_name(header.part(kLocalBytes, names), 0);
    if (!name.ends_with('/')) index.add(name, member_of(header, 6, fields));
    if (fields.stored > file.size() - std::min(file.size(), at + size)) break;
    at += size + fields.stored;
  }
  index.damage = DecodeFailure{
      SkipReason::truncated,
      fmt::format("The zip archive has no directory at its end; copy or download it again. The {} members "
                  "found before the break are used.",
                  index.members.size())};
}

// Members lie one behind the other. Those that do not let a small file unpack to any size
// (D. Fifield, "A better zip bomb", 2019).
void mark_places(const OpenFile& file, ArchiveIndex& index) {
  std::vector<std::uint32_t> order(index.members.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const ArchiveMember& left = index.members[a];
    const ArchiveMember& right = index.members[b];
    return left.offset != right.offset ? left.offset < right.offset : left.name_begin < right.name_begin;
  });
  std::uint64_t end = 0;
  for (const std::uint32_t i : order) {
    ArchiveMember& member = index.members[i];
    if (member.offset < end) member.state = MemberState::overlaps;
    const std::uint64_t header = kLocalBytes + member.name_size;
    const std::uint64_t room = file.size() - std::min(file.size(), member.offset);
    if (room < header || room - header < member.stored_bytes) {
      if (member.state == MemberState::usable) member.state = MemberState::cut;
      continue;
    }
    end = std::max(end, member.offset + member.stored_bytes);
  }
}

}  // namespace

bool is_zip(const OpenFile& file) {
  std::array<std::uint8_t, 4> start{};
  if (!file.read_all(0, start)) return false;
  const ByteReader first = reader(start);
  return first.matches(0, kLocal) || first.matches(0, kEnd) || find_directory(file).has_value();
}

ArchiveIndex make_zip_index(const OpenFile& file, Progress& progress) {
  ArchiveIndex index;
  index.format = ArchiveFormat::zip;
  const std::optional<Directory> directory = find_directory(file);
  if (directory && directory->several_disks) {
    index.damage =
        DecodeFailure{SkipReason::unsupported_format,
                      "The zip archive is one part of several; join the parts (zip -s 0) first."};
    return index;
  }
  if (directory) {
    add_directory(file, *directory, index, progress);
  } else {
    add_local_headers(file, index, progress);
  }
  index.finish();
  mark_places(file, index);
  return index;
}

}  // namespace clipcluster
