// Reading numbers out of a file's bytes without reading past its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace clipcluster {

// Numbers beyond the end read as 0; has() tells whether they are there.
class ByteReader {
 public:
  ByteReader(std::span<const std::uint8_t> bytes, bool big_endian)
      : bytes_(bytes), big_endian_(big_endian) {}

  std::size_t size() const { return bytes_.size(); }
  bool has(std::uint64_t at, std::uint64_t count) const {
    return at <= bytes_.size() && count <= bytes_.size() - at;
  }
  std::uint64_t number(std::uint64_t at, std::size_t count) const {
    if (!has(at, count)) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t from = static_cast<std::size_t>(at) + (big_endian_ ? i : count - 1 - i);
      value = value << 8 | bytes_[from];
    }
    return value;
  }
  std::uint8_t u8(std::uint64_t at) const { return static_cast<std::uint8_t>(number(at, 1)); }
  std::uint16_t u16(std::uint64_t at) const { return static_cast<std::uint16_t>(number(at, 2)); }
  std::uint32_t u32(std::uint64_t at) const { return static_cast<std::uint32_t>(number(at, 4)); }
  std::uint64_t u64(std::uint64_t at) const { return number(at, 8); }
  bool matches(std::uint64_t at, std::string_view text) const {
    return has(at, text.size()) && std::memcmp(bytes_.data() + at, text.data(), text.size()) == 0;
  }
  // The part from `at`, `count` bytes or what is left.
  std::span<const std::uint8_t> part(std::uint64_t at, std::uint64_t count) const {
    if (at >= bytes_.size()) return {};
    const std::uint64_t left = bytes_.size() - at;
    return bytes_.subspan(static_cast<std::size_t>(at),
                          static_cast<std::size_t>(count < left ? count : left));
  }

 private:
  std::span<const std::uint8_t> bytes_;
  bool big_endian_;
};

}  // namespace clipcluster
