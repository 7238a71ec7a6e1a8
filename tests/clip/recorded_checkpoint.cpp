#include "clip/recorded_checkpoint.h"

#include <filesystem>

#include "support/support.h"

namespace clipcluster::testing {
namespace {

const std::string kReference = CLIPCLUSTER_SOURCE_DIR "/tests/reference/data";
const std::string kSpiece = CLIPCLUSTER_SOURCE_DIR "/tests/clip/data/spiece.model";

// SplitMix64's finalizer.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

// 64-bit FNV-1a.
std::uint64_t name_key(const std::string& name) {
  std::uint64_t key = 0xCBF29CE484222325U;
  for (const char c : name) key = (key ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return key;
}

std::uint64_t random_word(const std::string& name, std::uint64_t index) {
  return mix(mix(index) ^ name_key(name));
}

}  // namespace

std::vector<std::string> recorded_kinds() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kReference)) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

nlohmann::json recorded_kind(const std::string& name) {
  return nlohmann::json::parse(read_text_file(kReference + "/" + name + ".json"));
}

std::vector<double> formula_values(const std::string& name, const std::vector<std::int64_t>& shape,
                                   double scale, double centre) {
  std::size_t size = 1;
  for (const auto n : shape) size *= static_cast<std::size_t>(n);
  std::vector<double> values(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double uniform = static_cast<double>(random_word(name, i) >> 11) * 0x1p-53;
    values[i] = static_cast<float>(centre + scale * (2.0 * uniform - 1.0));
  }
  return values;
}

Image formula_image(const std::string& name, int width, int height) {
  Image image{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height * 3)};
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    image.rgb[i] = static_cast<std::uint8_t>(random_word(name, i) & 255);
  }
  return image;
}

Tensors recorded_tensors(const nlohmann::json& kind) {
  Tensors tensors;
  for (const auto& entry : kind["tensors"]) {
    const std::string name = entry[0];
    const std::vector<std::int64_t> shape = entry[1];
    tensors[name] = {shape, formula_values(name, shape, entry[2], entry[3])};
  }
  return tensors;
}

void write_recorded_checkpoint(const std::string& folder, const nlohmann::json& kind,
                               const Tensors& tensors, const std::string& dtype) {
  std::filesystem::create_directories(folder);
  write_text_file(folder + "/config.json", kind["config"].dump());
  if (!kind["preprocessor_config"].is_null()) {
    write_text_file(folder + "/preprocessor_config.json", kind["preprocessor_config"].dump());
  }
  write_text_file(folder + "/model.safetensors", safetensors_bytes(tensors, dtype));
  const bool siglip = kind["config"]["model_type"].get<std::string>().starts_with("siglip");
  if (siglip) {
    write_text_file(folder + "/spiece.model", read_text_file(kSpiece));
  } else {
    write_vocabulary(folder);
  }
}

}  // namespace clipcluster::testing
