// Writers of zip and tar archives for tests: also of archives that no honest program writes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace clipcluster::testing {

struct ZipMember {
  std::string name = {};
  std::string content = {};
  bool deflated = false;
  // What an honest writer would not say.
  int method = -1;  // -1: as `deflated` says
  int flags = 0;
  std::int64_t declared_bytes = -1;  // -1: the truth
  std::uint32_t checksum_error = 0;  // added to the right one
  std::int64_t same_place_as = -1;   // shares the data of this member
  std::uint32_t unix_mode = 0;       // with it, the entry was made by Unix
  int made_by = 3;
  std::uint16_t dos_time = 0;
};

struct ZipShape {
  bool zip64 = false;
  bool directory = true;
  std::string before = {};   // bytes in front of the archive
  std::string comment = {};  // at its end
};

std::string zip_archive(const std::vector<ZipMember>& members, const ZipShape& shape = {});

// One header and content, padded to blocks. kind: tar's typeflag.
std::string tar_member(const std::string& name, const std::string& content, char kind = '0',
                       const std::string& link = "");
// The same as GNU tar writes it when name or link are longer than 100 bytes.
std::string gnu_long_member(const std::string& name, const std::string& content);
// With a header of pax records before it; its own header says `name`.
std::string pax_member(const std::vector<std::pair<std::string, std::string>>& records,
                       const std::string& name, const std::string& content);
// A ustar name that needs its prefix field.
std::string ustar_prefix_member(const std::string& prefix, const std::string& name,
                                const std::string& content);
std::string tar_end();
// Puts the right checksum into the header that begins at `at`.
void set_tar_checksum(std::string& archive, std::size_t at);

}  // namespace clipcluster::testing
