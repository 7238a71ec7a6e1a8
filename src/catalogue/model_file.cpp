// The file of a fitted model; docs/file-formats.md describes it byte by byte.
#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/mapped_file.h"
#include "catalogue/atomic_file.h"
#include "clipcluster/array_files.h"

namespace clipcluster {
namespace {

using internal::AtomicFile;
using internal::MappedFile;
using nlohmann::json;

constexpr std::string_view magic =
    "\x93"
    "CCMODEL";
constexpr std::uint32_t container_version = 1;
constexpr std::size_t alignment = 64;

struct Preamble {
  char magic[8];
  std::uint32_t container_version;
  std::uint32_t reserved;
  std::uint64_t header_bytes;  // from the end of the preamble to the end of the padding
  std::uint64_t header_hash;   // XXH3, 64 bits, of those bytes
};
static_assert(sizeof(Preamble) == 32);

std::size_t aligned(std::size_t offset) { return (offset + alignment - 1) / alignment * alignment; }

std::size_t array_bytes(const NamedArrays::Array& array) {
  return array.rows * array.cols * element_size(array.type);
}

// Offsets are counted from the end of the header, so that they do not depend on its length.
json describe(const NamedArrays& arrays) {
  json header = {{"kind", arrays.kind()}, {"version", arrays.version()}, {"texts", arrays.texts()}};
  json& list = header["arrays"] = json::object();
  std::size_t offset = 0;
  for (const auto& [name, array] : arrays.arrays()) {
    list[name] = {{"type", element_type_name(array.type)},
                  {"rows", array.rows},
                  {"cols", array.cols},
                  {"offset", offset}};
    offset = aligned(offset + array_bytes(array));
  }
  header["data_bytes"] = offset;
  return header;
}

std::string padded_header(const json& header) {
  std::string text = header.dump();
  text.resize(aligned(sizeof(Preamble) + text.size()) - sizeof(Preamble), ' ');
  return text;
}

Status write_arrays(AtomicFile& file, const NamedArrays& arrays) {
  static constexpr char zeros[alignment] = {};
  for (const auto& [name, array] : arrays.arrays()) {
    const std::size_t bytes = array_bytes(array);
    CLIPCLUSTER_RETURN_IF_ERROR(file.write(array.data, bytes));
    CLIPCLUSTER_RETURN_IF_ERROR(file.write(zeros, aligned(bytes) - bytes));
  }
  return {};
}

Status damaged(const std::string& path, std::string_view what) {
  return Status::corrupt(
      fmt::format("'{}' is a damaged model file ({}); fit and save the model again", path, what));
}

Result<json> read_header(const std::string& path, std::span<const std::byte> bytes, Preamble& preamble) {
  if (bytes.size() < sizeof(Preamble) || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0) {
    return Status::invalid_argument(
        fmt::format("'{}' is not a clipcluster model file; such a file is written by --save-model", path));
  }
  std::memcpy(&preamble, bytes.data(), sizeof preamble);
  if (preamble.container_version > container_version) {
    return Status::unsupported(
        fmt::format("'{}' was written by a newer clipcluster (container version {}, this one reads up to "
                    "{}); update clipcluster",
                    path, preamble.container_version, container_version));
  }
  if (preamble.container_version == 0) return damaged(path, "it has no container version");
  if (preamble.header_bytes > bytes.size() - sizeof(Preamble))
    return damaged(path, "it ends inside its header");
  const auto* text = reinterpret_cast<const char*>(bytes.data() + sizeof(Preamble));
  if (XXH3_64bits(text, preamble.header_bytes) != preamble.header_hash)
    return damaged(path, "its header does not match its checksum");
  json header = json::parse(text, text + preamble.header_bytes, nullptr, false);
  if (!header.is_object()) return damaged(path, "its header is not JSON");
  return header;
}

std::optional<ElementType> parse_element_type(const std::string& name) {
  for (const ElementType type :
       {ElementType::u8, ElementType::i32, ElementType::i64, ElementType::f32, ElementType::f64}) {
    if (name == element_type_name(type)) return type;
  }
  return std::nullopt;
}

// False when the entry cannot be or points outside the data.
bool locate(const json& entry, std::span<const std::byte> data, NamedArrays::Array& array) {
  const auto type = parse_element_type(entry.at("type").get<std::string>());
  if (!type) return false;
  array.type = *type;
  array.rows = entry.at("rows").get<std::size_t>();
  array.cols = entry.at("cols").get<std::size_t>();
  const auto offset = entry.at("offset").get<std::size_t>();
  if (offset > data.size() || offset % alignment != 0) return false;
  const std::size_t room = (data.size() - offset) / element_size(array.type);
  if (array.cols != 0 && array.rows > room / array.cols) return false;
  array.data = data.data() + offset;
  return true;
}

Status check_kind(const std::string& path, const json& header, std::string_view kind, int newest_version) {
  const auto found = header.at("kind").get<std::string>();
  if (found != kind) {
    return Status::invalid_argument(
        fmt::format("'{}' holds a model of kind {}, but one of kind {} was expected", path, found, kind));
  }
  const int version = header.at("version").get<int>();
  if (version > newest_version) {
    return Status::unsupported(fmt::format(
        "'{}' holds a {} model of version {}, and this program reads up to {}; update clipcluster", path,
        kind, version, newest_version));
  }
  return {};
}

Result<NamedArrays> read_arrays(const std::string& path, const std::shared_ptr<const MappedFile>& file,
                                const json& header, std::size_t data_offset) {
  const auto data = file->bytes().subspan(data_offset);
  if (data.size() != header.at("data_bytes").get<std::size_t>())
    return damaged(path, "it is cut short or too long");
  NamedArrays arrays(header.at("kind").get<std::string>(), header.at("version").get<int>());
  for (const auto& [name, value] : header.at("texts").items())
    arrays.set_text(name, value.get<std::string>());
  for (const auto& [name, entry] : header.at("arrays").items()) {
    NamedArrays::Array array;
    if (!locate(entry, data, array))
      return damaged(path, fmt::format("array '{}' does not lie inside it", name));
    array.owner = file;
    arrays.add_raw(name, std::move(array));
  }
  return arrays;
}

}  // namespace

Status write_model(const std::string& path, const NamedArrays& arrays) {
  try {
    const std::string header = padded_header(describe(arrays));
    Preamble preamble = {
        {}, container_version, 0, header.size(), XXH3_64bits(header.data(), header.size())};
    std::memcpy(preamble.magic, magic.data(), magic.size());
    CLIPCLUSTER_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
    CLIPCLUSTER_RETURN_IF_ERROR(file.write(&preamble, sizeof preamble));
    CLIPCLUSTER_RETURN_IF_ERROR(file.write(header.data(), header.size()));
    CLIPCLUSTER_RETURN_IF_ERROR(write_arrays(file, arrays));
    return file.commit();
  } catch (const json::exception& error) {
    return Status::invalid_argument(fmt::format("cannot write '{}': {}", path, error.what()));
  }
}

Result<NamedArrays> read_model(const std::string& path, std::string_view kind, int newest_version) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(auto file, MappedFile::open(path));
  Preamble preamble = {};
  try {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const json header, read_header(path, file->bytes(), preamble));
    CLIPCLUSTER_RETURN_IF_ERROR(check_kind(path, header, kind, newest_version));
    return read_arrays(path, file, header, sizeof(Preamble) + preamble.header_bytes);
  } catch (const json::exception&) {
    return damaged(path, "its header lacks something");
  }
}

}  // namespace clipcluster
