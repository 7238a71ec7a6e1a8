#include "clip/stored_zip.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace clipcluster::clip {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint64_t kLocalHeader = 0x04034b50;
constexpr std::uint64_t kCentralHeader = 0x02014b50;
constexpr std::uint64_t kEnd = 0x06054b50;
constexpr std::uint64_t kEnd64 = 0x06064b50;
constexpr std::uint64_t kEnd64Locator = 0x07064b50;
constexpr std::uint64_t kLocalBytes = 30;
constexpr std::uint64_t kCentralBytes = 46;
constexpr std::uint64_t kEndBytes = 22;
constexpr std::uint64_t kEnd64Bytes = 56;
constexpr std::uint64_t kLocatorBytes = 20;
constexpr std::uint64_t kLongestComment = 0xffff;
constexpr std::uint64_t kIn64 = 0xffffffff;  // the real number is in the ZIP64 part
constexpr std::uint64_t kExtra64 = 1;

// `count` bytes at `at`, little-endian; the caller has checked that they are there.
std::uint64_t number(Bytes bytes, std::uint64_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
  return value;
}

bool fits(Bytes bytes, std::uint64_t at, std::uint64_t count) {
  return at <= bytes.size() && count <= bytes.size() - at;
}

bool starts_with(Bytes bytes, std::uint64_t at, std::uint64_t count, std::uint64_t signature) {
  return fits(bytes, at, count) && number(bytes, at, 4) == signature;
}

Status damaged(const std::string& path, const char* problem) {
  return Status::corrupt(
      fmt::format("{} is damaged or truncated: {}; copy or download it again", path, problem));
}

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t offset = 0;
};

std::optional<Directory> find_directory(Bytes bytes) {
  if (bytes.size() < kEndBytes) return std::nullopt;
  const std::uint64_t last = bytes.size() - kEndBytes;
  const std::uint64_t first = last - std::min(last, kLongestComment);
  for (std::uint64_t at = last;; --at) {
    if (number(bytes, at, 4) == kEnd) {
      const bool has_64 = at >= kLocatorBytes && number(bytes, at - kLocatorBytes, 4) == kEnd64Locator;
      if (!has_64) return Directory{number(bytes, at + 10, 2), number(bytes, at + 16, 4)};
      const std::uint64_t end = number(bytes, at - kLocatorBytes + 8, 8);
      if (!starts_with(bytes, end, kEnd64Bytes, kEnd64)) return std::nullopt;
      return Directory{number(bytes, end + 32, 8), number(bytes, end + 48, 8)};
    }
    if (at == first) return std::nullopt;
  }
}

struct Entry {
  std::string name;
  std::uint64_t method = 0;
  std::uint64_t stored = 0;  // bytes
  std::uint64_t size = 0;    // of the content
  std::uint64_t offset = 0;  // of the local header
  std::uint64_t header_bytes = 0;
};

// Puts the 64-bit numbers of the extra field in place of those that say kIn64.
void read_extra64(Bytes extra, Entry& entry) {
  for (std::uint64_t at = 0; fits(extra, at, 4);) {
    const std::uint64_t kind = number(extra, at, 2);
    const std::uint64_t bytes = number(extra, at + 2, 2);
    at += 4;
    if (!fits(extra, at, bytes)) return;
    if (kind == kExtra64) {
      std::uint64_t place = at;
      for (std::uint64_t* field : {&entry.size, &entry.stored, &entry.offset}) {
        if (*field != kIn64 || place + 8 > at + bytes) continue;
        *field = number(extra, place, 8);
        place += 8;
      }
      return;
    }
    at += bytes;
  }
}

std::optional<Entry> read_entry(Bytes bytes, std::uint64_t at) {
  if (!starts_with(bytes, at, kCentralBytes, kCentralHeader)) return std::nullopt;
  const std::uint64_t name_bytes = number(bytes, at + 28, 2);
  const std::uint64_t extra_bytes = number(bytes, at + 30, 2);
  Entry entry;
  entry.header_bytes = kCentralBytes + name_bytes + extra_bytes + number(bytes, at + 32, 2);
  if (!fits(bytes, at, entry.header_bytes)) return std::nullopt;
  entry.method = number(bytes, at + 10, 2);
  entry.stored = number(bytes, at + 20, 4);
  entry.size = number(bytes, at + 24, 4);
  entry.offset = number(bytes, at + 42, 4);
  entry.name.assign(reinterpret_cast<const char*>(bytes.data() + at + kCentralBytes), name_bytes);
  read_extra64(bytes.subspan(at + kCentralBytes + name_bytes, extra_bytes), entry);
  return entry;
}

std::optional<Bytes> content_of(Bytes bytes, const Entry& entry) {
  if (!starts_with(bytes, entry.offset, kLocalBytes, kLocalHeader)) return std::nullopt;
  const std::uint64_t skip =
      kLocalBytes + number(bytes, entry.offset + 26, 2) + number(bytes, entry.offset + 28, 2);
  if (!fits(bytes, entry.offset, skip) || !fits(bytes, entry.offset + skip, entry.size))
    return std::nullopt;
  return bytes.subspan(entry.offset + skip, entry.size);
}

}  // namespace

Result<std::map<std::string, std::span<const std::byte>>> stored_entries(std::span<const std::byte> archive,
                                                                         const std::string& path) {
  const auto directory = find_directory(archive);
  if (!directory) return damaged(path, "it has no directory of its parts at its end");
  std::map<std::string, Bytes> entries;
  std::uint64_t at = directory->offset;
  for (std::uint64_t i = 0; i < directory->entries; ++i) {
    const auto entry = read_entry(archive, at);
    if (!entry) return damaged(path, "the directory of its parts is not whole");
    if (entry->method != 0 || entry->stored != entry->size)
      return Status::unsupported(
          fmt::format("{} holds '{}' compressed, which PyTorch never does", path, entry->name));
    const auto content = content_of(archive, *entry);
    if (!content) return damaged(path, "a part lies beyond its end");
    entries.emplace(entry->name, *content);
    at += entry->header_bytes;
  }
  return entries;
}

}  // namespace clipcluster::clip
