#include <fmt/format.h>

#include <new>
#include <utility>

#include "clipcluster/images.h"
#include "images/bmp_decode.h"
#include "images/failure.h"
#include "images/jpeg_decode.h"
#include "images/orientation.h"
#include "images/sniff.h"
#include "images/stored_image.h"
#include "images/vips_decode.h"

namespace clipcluster {
namespace {

StoredResult decode_stored(std::span<const std::uint8_t> file, ImageFormat format,
                           const DecodeOptions& options) {
  if (format == ImageFormat::jpeg) return decode_jpeg(file, options);
  if (format == ImageFormat::bmp) return decode_bmp(file, options);
  return decode_with_vips(file, format, options);
}

std::optional<DecodeFailure> check_content(std::span<const std::uint8_t> file, const SniffedFormat& sniffed,
                                           const DecodeOptions& options) {
  if (file.empty()) return DecodeFailure{SkipReason::empty, "The file is empty."};
  if (file.size() > options.max_bytes) {
    return DecodeFailure{SkipReason::too_large, fmt::format("The file has {} bytes; the limit is {}.",
                                                            file.size(), options.max_bytes)};
  }
  if (sniffed.format == ImageFormat::none) {
    return DecodeFailure{SkipReason::not_an_image, "The content is not an image of any known kind."};
  }
  if (sniffed.format == ImageFormat::unsupported) {
    return DecodeFailure{SkipReason::unsupported_format,
                         fmt::format("{} images are not supported; save it as PNG or JPEG.", sniffed.name)};
  }
  return std::nullopt;
}

}  // namespace

DecodeResult decode_image(std::span<const std::uint8_t> file, const DecodeOptions& options) {
  try {
    const SniffedFormat sniffed = sniff_format(file);
    if (auto refusal = check_content(file, sniffed, options)) return *refusal;
    StoredResult result = decode_stored(file, sniffed.format, options);
    if (auto* failure = std::get_if<DecodeFailure>(&result)) return std::move(*failure);
    StoredImage& stored = std::get<StoredImage>(result);
    const auto large_picture = std::move(stored.large_picture);
    DecodedImage decoded;
    decoded.format = sniffed.name;
    decoded.stored_width = stored.full_width != 0 ? stored.full_width : stored.width;
    decoded.stored_height = stored.full_height != 0 ? stored.full_height : stored.height;
    const int orientation = stored.orientation;
    decoded.image = turn_upright(to_srgb(std::move(stored)), orientation);
    return decoded;
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
}

}  // namespace clipcluster
