// Which kind of image a file is, by its first bytes and by its name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace clipcluster {

enum class ImageFormat {
  none,
  jpeg,
  png,
  gif,
  webp,
  tiff,
  bmp,
  heif,
  avif,
  jxl,
  raw,          // a camera's, of which only the JPEG preview is used
  unsupported,  // an image, but of a kind that nothing here decodes
};

// The name that stands in DecodedImage::format and in messages.
const char* image_format_name(ImageFormat format);

// Enough of a file's beginning for sniff_format to decide.
inline constexpr std::size_t kSniffBytes = 64;

// `start` is the beginning of a file, or all of it; an "unsupported" answer also names the kind.
struct SniffedFormat {
  ImageFormat format = ImageFormat::none;
  const char* name = "";
};
SniffedFormat sniff_format(std::span<const std::uint8_t> start);

// True when a file of this name (or path) would be taken for an image by a person: .jpg, .PNG, .psd, ...
bool has_image_extension(std::string_view path);

}  // namespace clipcluster
