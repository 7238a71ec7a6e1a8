#include "clip/checkpoint.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <set>

#include "base/half.h"
#include "clip/json_file.h"
#include "clip/safetensors.h"
#include "clip/torch_archive.h"

namespace clipcluster::clip {
namespace {

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

template <class Word, class Convert>
std::vector<float> convert(std::span<const std::byte> bytes, Convert to_float) {
  std::vector<float> values(bytes.size() / sizeof(Word));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Word word;  // the file need not align its tensors
    std::memcpy(&word, bytes.data() + i * sizeof(Word), sizeof(Word));
    values[i] = to_float(word);
  }
  return values;
}

}  // namespace

Result<Checkpoint> Checkpoint::open(const std::string& folder) {
  Checkpoint checkpoint;
  for (const char* name : {"/model.safetensors", "/pytorch_model.bin"}) {
    const std::string single = checkpoint.origin_ = folder + name;
    const std::string index = single + ".index.json";
    if (exists(single)) {
      CLIPCLUSTER_RETURN_IF_ERROR(checkpoint.add_file(single));
      return checkpoint;
    }
    if (exists(index)) {
      checkpoint.origin_ = index;
      CLIPCLUSTER_RETURN_IF_ERROR(checkpoint.add_shards(folder, index));
      return checkpoint;
    }
  }
  return Status::not_found(
      fmt::format("{} holds neither model.safetensors nor pytorch_model.bin, nor an index of shards of one "
                  "of them: a CLIP "
                  "checkpoint with its weights is needed",
                  folder));
}

Status Checkpoint::add_file(const std::string& path) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      WeightFile file, path.ends_with(".safetensors") ? open_safetensors(path) : open_torch_archive(path));
  for (const auto& [name, info] : file.tensors) {
    if (!where_.emplace(name, files_.size()).second) {
      return Status::corrupt(fmt::format("tensor '{}' is in {} and in another shard", name, path));
    }
  }
  files_.push_back(std::move(file));
  return {};
}

Status Checkpoint::add_shards(const std::string& folder, const std::string& index_path) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Json index, read_json_object(index_path));
  const auto map = index.find("weight_map");
  if (map == index.end() || !map->is_object()) {
    return Status::corrupt(fmt::format("{} has no 'weight_map'", index_path));
  }
  std::set<std::string> names;
  for (const auto& [tensor, file] : map->items()) {
    // A shard lies beside its index: a path out of the folder would read what nobody meant.
    if (!file.is_string() || file.get<std::string>().find('/') != std::string::npos) {
      return Status::corrupt(fmt::format("{}: the file of tensor '{}' is not a name", index_path, tensor));
    }
    names.insert(file.get<std::string>());
  }
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    if (!exists(path)) {
      return Status::not_found(fmt::format("{} names the shard {}, which is not there", index_path, name));
    }
    CLIPCLUSTER_RETURN_IF_ERROR(add_file(path));
  }
  for (const auto& [tensor, file] : map->items()) {
    const auto found = where_.find(tensor);
    if (found == where_.end()) {
      return Status::corrupt(fmt::format("{} says that tensor '{}' is in {}, but it is not", index_path,
                                         tensor, file.get<std::string>()));
    }
  }
  return {};
}

std::uint64_t Checkpoint::bytes() const {
  std::uint64_t bytes = 0;
  for (const WeightFile& file : files_) bytes += file.bytes().size();
  return bytes;
}

const std::vector<std::int64_t>* Checkpoint::shape_of(const std::string& name) const {
  const auto found = where_.find(name);
  return found == where_.end() ? nullptr : &files_[found->second].tensors.at(name).shape;
}

const std::string& Checkpoint::file_of(const std::string& name) const {
  return files_[where_.at(name)].path;
}

Result<std::vector<float>> Checkpoint::read(const std::string& name,
                                            const std::vector<std::int64_t>& shape) const {
  const auto found = where_.find(name);
  if (found == where_.end()) {
    return Status::not_found(fmt::format("{} has no tensor '{}', which config.json asks for with shape {}",
                                         origin_, name, shape_text(shape)));
  }
  const WeightFile& file = files_[found->second];
  const TensorInfo& info = file.tensors.at(name);
  const bool is_scalar = shape.empty() && info.shape == std::vector<std::int64_t>{1};
  if (info.shape != shape && !is_scalar) {
    return Status::corrupt(fmt::format("{}: tensor '{}' has shape {}, but config.json asks for {}",
                                       file.path, name, shape_text(info.shape), shape_text(shape)));
  }
  if (info.dtype == "F32") return convert<float>(info.bytes, [](float x) { return x; });
  if (info.dtype == "F16") return convert<std::uint16_t>(info.bytes, internal::float_from_f16);
  if (info.dtype == "BF16") return convert<std::uint16_t>(info.bytes, internal::float_from_bf16);
  return Status::unsupported(fmt::format("{}: tensor '{}' is of type {}; F32, F16 and BF16 can be read",
                                         file.path, name, info.dtype));
}

}  // namespace clipcluster::clip
