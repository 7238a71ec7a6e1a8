#include "pipeline/image_loader.h"

#include <new>
#include <utility>

namespace clipcluster::internal {
namespace {

constexpr int kThumbnailQuality = 85;

void keep_pixels(const Image& image, const LoadOptions& options, LoadedImage& loaded) {
  if (!options.preprocess) return;
  loaded.crop = resize_and_crop(image, *options.preprocess);
  if (options.thumbnail_side == 0) return;
  auto jpeg = encode_jpeg(make_thumbnail(image, options.thumbnail_side), kThumbnailQuality);
  if (jpeg.is_ok()) loaded.thumbnail = std::move(jpeg).value();
}

void decode_into(std::span<const std::uint8_t> file, const LoadOptions& options, LoadedImage& loaded) {
  DecodeResult decoded = decode_image(file, options.decode);
  if (auto* failure = std::get_if<DecodeFailure>(&decoded)) {
    loaded.failure = std::move(*failure);
    return;
  }
  const DecodedImage& picture = std::get<DecodedImage>(decoded);
  loaded.format = picture.format;
  loaded.width = picture.upright_width;
  loaded.height = picture.upright_height;
  if (options.hashes) loaded.pixel_hash = hash_pixels(picture.image);
  loaded.known_pixels = options.knows_pixels && options.knows_pixels(loaded.pixel_hash);
  if (!loaded.known_pixels) keep_pixels(picture.image, options, loaded);
}

}  // namespace

LoadedImage load_image_bytes(std::span<const std::uint8_t> file, const LoadOptions& options) {
  LoadedImage loaded;
  loaded.bytes = file.size();
  try {
    if (options.hashes) loaded.byte_hash = hash_bytes(file);
    loaded.known_bytes = options.knows_bytes && options.knows_bytes(loaded.byte_hash);
    if (!loaded.known_bytes) decode_into(file, options, loaded);
  } catch (const std::bad_alloc&) {
    loaded.failure = DecodeFailure{SkipReason::out_of_memory, "There is not enough memory to decode it."};
  }
  return loaded;
}

LoadedImage load_image(const std::variant<std::vector<std::uint8_t>, DecodeFailure>& file,
                       const LoadOptions& options) {
  if (const auto* failure = std::get_if<DecodeFailure>(&file)) {
    LoadedImage loaded;
    loaded.failure = *failure;
    return loaded;
  }
  return load_image_bytes(std::get<std::vector<std::uint8_t>>(file), options);
}

}  // namespace clipcluster::internal
