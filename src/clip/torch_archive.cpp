#include "clip/torch_archive.h"

#include <fmt/format.h>

#include <string_view>

#include "clip/pickled_tensors.h"
#include "clip/stored_zip.h"

namespace clipcluster::clip {
namespace {

using Entries = std::map<std::string, std::span<const std::byte>>;

constexpr std::string_view kContents = "/data.pkl";

// "archive" of "archive/data.pkl"; the folder's name is the writer's choice.
Result<std::string> archive_folder(const Entries& entries, const std::string& path) {
  for (const auto& [name, content] : entries) {
    if (name.ends_with(kContents)) return name.substr(0, name.size() - kContents.size());
  }
  return Status::corrupt(fmt::format("{} is an archive, but not of PyTorch: it holds no data.pkl", path));
}

Status bad_tensor(const std::string& path, const std::string& name, const char* problem) {
  return Status::corrupt(fmt::format("{}: tensor '{}' {}", path, name, problem));
}

// Row after row, without gaps. Strides of dimensions of one element mean nothing.
bool is_contiguous(const PickledTensor& tensor) {
  std::int64_t expected = 1;
  for (std::size_t i = tensor.shape.size(); i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != expected) return false;
    if (__builtin_mul_overflow(expected, tensor.shape[i], &expected)) return false;
  }
  return true;
}

Result<TensorInfo> locate(const PickledTensor& tensor, const std::string& name, const Entries& entries,
                          const std::string& folder, const std::string& path) {
  const auto storage = entries.find(fmt::format("{}/data/{}", folder, tensor.storage));
  if (storage == entries.end()) return bad_tensor(path, name, "has no elements in the archive");
  if (!is_contiguous(tensor))
    return bad_tensor(path, name, "is not stored row after row, which cannot be read");
  std::uint64_t bytes = element_bytes(tensor.dtype);
  std::uint64_t offset = 0;
  bool overflows = __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(tensor.offset), &offset);
  for (const std::int64_t size : tensor.shape)
    overflows = overflows || __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes);
  const auto content = storage->second;
  if (overflows || offset > content.size() || bytes > content.size() - offset)
    return bad_tensor(path, name, "has more elements than the archive holds for it");
  return TensorInfo{tensor.dtype, tensor.shape, content.subspan(offset, bytes)};
}

Status check_byte_order(const Entries& entries, const std::string& folder, const std::string& path) {
  const auto order = entries.find(folder + "/byteorder");
  if (order == entries.end()) return {};
  const std::string_view text(reinterpret_cast<const char*>(order->second.data()), order->second.size());
  if (text == "little") return {};
  return Status::unsupported(
      fmt::format("{} was written on a big-endian machine, which cannot be read", path));
}

}  // namespace

Result<WeightFile> open_torch_archive(const std::string& path) {
  WeightFile file;
  file.path = path;
  CLIPCLUSTER_ASSIGN_OR_RETURN(file.file, internal::MappedFile::open(path));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Entries entries, stored_entries(file.bytes(), path));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string folder, archive_folder(entries, path));
  CLIPCLUSTER_RETURN_IF_ERROR(check_byte_order(entries, folder, path));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto tensors,
                               read_pickled_tensors(entries.at(folder + std::string(kContents)), path));
  for (const auto& [name, tensor] : tensors) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(TensorInfo info, locate(tensor, name, entries, folder, path));
    file.tensors.emplace(name, std::move(info));
  }
  return file;
}

}  // namespace clipcluster::clip
