#include <fmt/format.h>

#include <new>
#include <utility>

#include "clipcluster/images.h"
#include "images/bmp_decode.h"
#include "images/failure.h"
#include "images/jpeg_decode.h"
#include "images/orientation.h"
#include "images/raw_preview.h"
#include "images/sniff.h"
#include "images/stored_image.h"
#include "images/vips_decode.h"

namespace clipcluster {
namespace {

StoredResult decode_raw(std::span<const std::uint8_t> file, const DecodeOptions& options) {
  const auto found = find_raw_preview(file, options);
  if (const auto* failure = std::get_if<DecodeFailure>(&found)) return *failure;
  const RawPreview& preview = std::get<RawPreview>(found);
  StoredResult result = decode_jpeg(preview.jpeg, options);
  if (auto* stored = std::get_if<StoredImage>(&result)) {
    if (preview.orientation != 0) stored->orientation = preview.orientation;
  } else {
    DecodeFailure& failure = std::get<DecodeFailure>(result);
    failure.message = "The preview in this camera raw file cannot be used. " + failure.message;
  }
  return result;
}

// What the first bytes say, and for TIFF its directories: most cameras' raw files are TIFF files.
SniffedFormat format_of(std::span<const std::uint8_t> file) {
  const SniffedFormat sniffed = sniff_format(file);
  if (sniffed.format != ImageFormat::tiff || !is_tiff_camera_raw(file)) return sniffed;
  return {ImageFormat::raw, image_format_name(ImageFormat::raw)};
}

StoredResult decode_stored(std::span<const std::uint8_t> file, ImageFormat format,
                           const DecodeOptions& options) {
  if (format == ImageFormat::jpeg) return decode_jpeg(file, options);
  if (format == ImageFormat::raw) return decode_raw(file, options);
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
    const SniffedFormat sniffed = format_of(file);
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
    const bool on_its_side = orientation >= 5 && orientation <= 8;
    decoded.upright_width = on_its_side ? decoded.stored_height : decoded.stored_width;
    decoded.upright_height = on_its_side ? decoded.stored_width : decoded.stored_height;
    decoded.image = turn_upright(to_srgb(std::move(stored)), orientation);
    return decoded;
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
}

}  // namespace clipcluster
