#include "clip/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "clip/json_file.h"

namespace clipcluster::clip {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kLargestHeader = 100'000'000;  // the format's own limit

Status bad_tensor(const std::string& path, const std::string& name, const std::string& problem) {
  return Status::corrupt(fmt::format("{}: tensor '{}' {}", path, name, problem));
}

bool is_list_of_sizes(const Json& json) {
  return json.is_array() &&
         std::all_of(json.begin(), json.end(), [](const Json& x) { return x.is_number_unsigned(); });
}

Result<std::uint64_t> tensor_bytes(const std::string& path, const std::string& name, const Json& entry) {
  std::uint64_t bytes = element_bytes(entry["dtype"].get<std::string>());
  if (bytes == 0) {
    return bad_tensor(path, name, fmt::format("has the unknown dtype {}", entry["dtype"].dump()));
  }
  for (const Json& size : entry["shape"]) {
    if (__builtin_mul_overflow(bytes, size.get<std::uint64_t>(), &bytes)) {
      return bad_tensor(path, name, "has a shape that overflows");
    }
  }
  return bytes;
}

Result<TensorInfo> read_entry(const std::string& path, const std::string& name, const Json& entry,
                              std::span<const std::byte> data) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() ||
      !entry.contains("shape") || !is_list_of_sizes(entry["shape"]) || !entry.contains("data_offsets") ||
      !is_list_of_sizes(entry["data_offsets"]) || entry["data_offsets"].size() != 2) {
    return bad_tensor(path, name, "is not described by dtype, shape and data_offsets");
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::uint64_t bytes, tensor_bytes(path, name, entry));
  const auto begin = entry["data_offsets"][0].get<std::uint64_t>();
  const auto end = entry["data_offsets"][1].get<std::uint64_t>();
  if (end > data.size()) {
    return bad_tensor(
        path, name,
        fmt::format("ends at byte {} of the data, but the file holds only {}: it is truncated; "
                    "copy or download it again",
                    end, data.size()));
  }
  if (begin > end || end - begin != bytes) {
    return bad_tensor(
        path, name,
        fmt::format("has the offsets [{}, {}], but its dtype and shape need {} bytes", begin, end, bytes));
  }
  TensorInfo info;
  info.dtype = entry["dtype"].get<std::string>();
  info.shape = entry["shape"].get<std::vector<std::int64_t>>();
  info.bytes = data.subspan(begin, bytes);
  return info;
}

Status check_layout(const WeightFile& file, std::size_t data_bytes) {
  std::vector<std::pair<const std::string*, std::span<const std::byte>>> ranges;
  for (const auto& [name, info] : file.tensors) ranges.emplace_back(&name, info.bytes);
  // An empty tensor shares its offset with the one behind it, so it goes first.
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.data(), a.second.size()) < std::pair(b.second.data(), b.second.size());
  });
  const std::byte* expected = file.bytes().data() + (file.bytes().size() - data_bytes);
  for (const auto& [name, range] : ranges) {
    if (range.data() < expected) return bad_tensor(file.path, *name, "overlaps another tensor");
    if (range.data() > expected) return bad_tensor(file.path, *name, "has unused bytes before it");
    expected = range.data() + range.size();
  }
  const std::size_t left = static_cast<std::size_t>(file.bytes().data() + file.bytes().size() - expected);
  if (left != 0) {
    return Status::corrupt(fmt::format("{} has {} bytes after its last tensor", file.path, left));
  }
  return {};
}

Status read_header(WeightFile& file) {
  const auto bytes = file.bytes();
  if (bytes.size() < kLengthBytes) {
    return Status::corrupt(
        fmt::format("{} has {} bytes, too few for a safetensors file", file.path, bytes.size()));
  }
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    length |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  if (length > kLargestHeader) {
    return Status::corrupt(
        fmt::format("{} is not a safetensors file: its header would have {} bytes", file.path, length));
  }
  if (length > bytes.size() - kLengthBytes) {
    return Status::corrupt(fmt::format(
        "{} is truncated: its header needs {} bytes, but only {} are there; copy or download it "
        "again",
        file.path, length, bytes.size() - kLengthBytes));
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, length);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Json header, parse_json_object(text, "the header of " + file.path));
  const auto data = bytes.subspan(kLengthBytes + length);
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    CLIPCLUSTER_ASSIGN_OR_RETURN(TensorInfo info, read_entry(file.path, name, entry, data));
    file.tensors.emplace(name, std::move(info));
  }
  return check_layout(file, data.size());
}

}  // namespace

Result<WeightFile> open_safetensors(const std::string& path) {
  WeightFile file;
  file.path = path;
  CLIPCLUSTER_ASSIGN_OR_RETURN(file.file, internal::MappedFile::open(path));
  CLIPCLUSTER_RETURN_IF_ERROR(read_header(file));
  return file;
}

}  // namespace clipcluster::clip
