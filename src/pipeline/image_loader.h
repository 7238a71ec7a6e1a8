// From a file to what the rest needs of it: hashes, the pixels that CLIP sees, a thumbnail.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
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
};

struct LoadOptions {
  DecodeOptions decode;
  PreprocessOptions preprocess;
  int thumbnail_side = 0;  // 0: none
  bool hashes = true;      // false: neither hash is worked out
  // Called from several threads at once. Null: nothing is known.
  std::function<bool(const std::string& byte_hash)> knows_bytes;
  std::function<bool(const std::string& pixel_hash)> knows_pixels;
};

LoadedImage load_image(const std::string& path, const LoadOptions& options);
LoadedImage load_image_bytes(std::span<const std::uint8_t> file, const LoadOptions& options);
// All of them, on all threads.
std::vector<LoadedImage> load_images(std::span<const std::string> paths, const LoadOptions& options);

// Files to load and embed at a time: enough for the threads to share evenly, few enough that the
// pixels of one batch are small. No result depends on it.
std::size_t batch_size();
// Asks the system to read the files ahead.
void read_ahead(std::span<const std::string> paths);

}  // namespace clipcluster::internal
