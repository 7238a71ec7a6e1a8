// From a file to what the rest needs of it: hashes, the pixels that CLIP sees, a thumbnail.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "clipcluster/images.h"

namespace clipcluster::internal {

struct LoadedImage {
  std::optional<DecodeFailure> failure;  // then only byte_hash may be filled in
  std::string byte_hash;
  std::uint64_t bytes = 0;
  bool known_bytes = false;  // LoadOptions::knows_bytes said so: not decoded
  std::string pixel_hash;
  bool known_pixels = false;  // LoadOptions::knows_pixels said so: nothing below is filled in
  std::string format;
  int width = 0;  // upright
  int height = 0;
  Image crop;  // as the model wants it
  std::vector<std::uint8_t> thumbnail;

  bool is_new() const { return !failure && !known_bytes && !known_pixels; }
};

struct LoadOptions {
  DecodeOptions decode;
  std::optional<PreprocessOptions> preprocess;  // none: neither crop nor thumbnail are made
  int thumbnail_side = 0;                       // 0: none
  bool hashes = true;                           // false: neither hash is worked out
  // Called from several threads at once. Null: nothing is known.
  std::function<bool(const std::string& byte_hash)> knows_bytes;
  std::function<bool(const std::string& pixel_hash)> knows_pixels;
};

// What read_image_file gave.
LoadedImage load_image(const std::variant<std::vector<std::uint8_t>, DecodeFailure>& file,
                       const LoadOptions& options);
LoadedImage load_image_bytes(std::span<const std::uint8_t> file, const LoadOptions& options);

}  // namespace clipcluster::internal
