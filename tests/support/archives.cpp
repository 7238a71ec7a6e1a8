#include "support/archives.h"

#include <zlib.h>

#include <cstdio>

namespace clipcluster::testing {
namespace {

void put(std::string& bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::string deflated(const std::string& content) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::uint32_t checksum_of(const ZipMember& member) {
  const auto* bytes = reinterpret_cast<const Bytef*>(member.content.data());
  return static_cast<std::uint32_t>(crc32(0, bytes, static_cast<uInt>(member.content.size()))) +
         member.checksum_error;
}

int method_of(const ZipMember& member) {
  return member.method >= 0 ? member.method : member.deflated ? 8 : 0;
}

std::uint64_t bytes_of(const ZipMember& member) {
  return member.declared_bytes >= 0 ? static_cast<std::uint64_t>(member.declared_bytes)
                                    : member.content.size();
}

// Flags, method, time, date, checksum and sizes: the same in both headers.
void put_common(std::string& bytes, const ZipMember& member, std::uint64_t stored, bool zip64) {
  put(bytes, static_cast<std::uint64_t>(member.flags), 2);
  put(bytes, static_cast<std::uint64_t>(method_of(member)), 2);
  put(bytes, member.dos_time, 2);
  put(bytes, (2026 - 1980) << 9 | 11 << 5 | 23, 2);
  put(bytes, checksum_of(member), 4);
  put(bytes, zip64 ? 0xFFFFFFFF : stored, 4);
  put(bytes, zip64 ? 0xFFFFFFFF : bytes_of(member), 4);
  put(bytes, member.name.size(), 2);
}

std::string zip64_field(const ZipMember& member, std::uint64_t stored, std::uint64_t offset, bool central) {
  std::string field;
  put(field, 1, 2);
  put(field, central ? 24 : 16, 2);
  put(field, bytes_of(member), 8);
  put(field, stored, 8);
  if (central) put(field, offset, 8);
  return field;
}

void put_entry(std::string& directory, const ZipMember& member, std::uint64_t stored, std::uint64_t offset,
               bool zip64) {
  const std::string extra = zip64 ? zip64_field(member, stored, offset, true) : "";
  directory += "PK\1\2";
  put(directory, 45 | (member.made_by << 8), 2);
  put(directory, 20, 2);
  put_common(directory, member, stored, zip64);
  put(directory, extra.size(), 2);
  put(directory, 0, 6);  // comment, disk, internal attributes
  put(directory, std::uint64_t{member.unix_mode} << 16, 4);
  put(directory, zip64 ? 0xFFFFFFFF : offset, 4);
  directory += member.name + extra;
}

void put_end(std::string& archive, std::size_t entries, std::size_t offset, std::size_t size,
             const ZipShape& shape) {
  if (shape.zip64) {
    const std::size_t record = archive.size();
    archive += "PK\6\6";
    put(archive, 44, 8);
    put(archive, 45, 4);
    put(archive, 0, 8);
    put(archive, entries, 8);
    put(archive, entries, 8);
    put(archive, size, 8);
    put(archive, offset, 8);
    archive += "PK\6\7";
    put(archive, 0, 4);
    put(archive, record, 8);
    put(archive, 1, 4);
  }
  archive += "PK\5\6";
  put(archive, 0, 4);
  put(archive, shape.zip64 ? 0xFFFF : entries, 2);
  put(archive, shape.zip64 ? 0xFFFF : entries, 2);
  put(archive, shape.zip64 ? 0xFFFFFFFF : size, 4);
  put(archive, shape.zip64 ? 0xFFFFFFFF : offset, 4);
  put(archive, shape.comment.size(), 2);
  archive += shape.comment;
}

void put_text(std::string& header, std::size_t at, const std::string& text) {
  header.replace(at, text.size(), text);
}

std::string octal(std::uint64_t value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
  return text;
}

std::string padded(std::string content) {
  content.resize((content.size() + 511) / 512 * 512);
  return content;
}

}  // namespace

std::string zip_archive(const std::vector<ZipMember>& members, const ZipShape& shape) {
  std::string archive;
  std::string directory;
  std::vector<std::uint64_t> offsets;
  for (const ZipMember& member : members) {
    const std::string stored = method_of(member) == 8 ? deflated(member.content) : member.content;
    if (member.same_place_as >= 0) {
      offsets.push_back(offsets[static_cast<std::size_t>(member.same_place_as)]);
    } else {
      offsets.push_back(archive.size());
      archive += "PK\3\4";
      put(archive, 20, 2);
      put_common(archive, member, stored.size(), shape.zip64);
      const std::string extra = shape.zip64 ? zip64_field(member, stored.size(), 0, false) : "";
      put(archive, extra.size(), 2);
      archive += member.name + extra + stored;
    }
    put_entry(directory, member, stored.size(), offsets.back(), shape.zip64);
  }
  if (shape.directory) {
    const std::size_t offset = archive.size();
    archive += directory;
    put_end(archive, members.size(), offset, directory.size(), shape);
  }
  return shape.before + archive;
}

void set_tar_checksum(std::string& archive, std::size_t at) {
  put_text(archive, at + 148, "        ");
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(archive[at + i]);
  put_text(archive, at + 148, octal(sum, 6) + std::string(1, '\0'));
}

std::string tar_member(const std::string& name, const std::string& content, char kind,
                       const std::string& link) {
  std::string header(512, '\0');
  put_text(header, 0, name.substr(0, 100));
  put_text(header, 100, octal(0644, 7));
  put_text(header, 124, octal(content.size(), 11));
  put_text(header, 136, octal(1'000'000'000, 11));
  header[156] = kind;
  put_text(header, 157, link.substr(0, 100));
  put_text(header, 257, std::string("ustar\0", 6) + "00");
  set_tar_checksum(header, 0);
  return header + padded(content);
}

std::string gnu_long_member(const std::string& name, const std::string& content) {
  return tar_member("././@LongLink", name + std::string(1, '\0'), 'L') + tar_member(name, content);
}

std::string pax_member(const std::vector<std::pair<std::string, std::string>>& records,
                       const std::string& name, const std::string& content) {
  std::string text;
  for (const auto& [key, value] : records) {
    const std::string record = " " + key + "=" + value + "\n";
    std::size_t size = record.size() + 1;
    while (std::to_string(size).size() + record.size() != size) ++size;
    text += std::to_string(size) + record;
  }
  return tar_member("PaxHeaders/" + name, text, 'x') + tar_member(name, content);
}

std::string ustar_prefix_member(const std::string& prefix, const std::string& name,
                                const std::string& content) {
  std::string member = tar_member(name, content);
  put_text(member, 345, prefix);
  set_tar_checksum(member, 0);
  return member;
}

std::string tar_end() { return std::string(1024, '\0'); }

}  // namespace clipcluster::testing
