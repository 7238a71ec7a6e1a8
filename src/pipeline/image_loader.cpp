#include "pipeline/image_loader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <utility>
#include <variant>

#include "clipcluster/parallel.h"

namespace clipcluster::internal {
namespace {

constexpr int kThumbnailQuality = 85;

void keep_pixels(const Image& image, const LoadOptions& options, LoadedImage& loaded) {
  loaded.crop = resize_and_crop(image, options.preprocess);
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
  loaded.width = picture.image.width;
  loaded.height = picture.image.height;
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

LoadedImage load_image(const std::string& path, const LoadOptions& options) {
  LoadedImage loaded;
  try {
    auto read = read_image_file(path, options.decode);
    if (auto* failure = std::get_if<DecodeFailure>(&read)) {
      loaded.failure = std::move(*failure);
      return loaded;
    }
    return load_image_bytes(std::get<std::vector<std::uint8_t>>(read), options);
  } catch (const std::bad_alloc&) {
    loaded.failure = DecodeFailure{SkipReason::out_of_memory, "There is not enough memory to read it."};
    return loaded;
  }
}

std::vector<LoadedImage> load_images(std::span<const std::string> paths, const LoadOptions& options) {
  std::vector<LoadedImage> loaded(paths.size());
  parallel_for(paths.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) loaded[i] = load_image(paths[i], options);
  });
  return loaded;
}

std::size_t batch_size() { return static_cast<std::size_t>(std::max(64, 16 * thread_count())); }

void read_ahead(std::span<const std::string> paths) {
  for (const std::string& path : paths) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) continue;
    static_cast<void>(posix_fadvise(descriptor, 0, 0, POSIX_FADV_WILLNEED));
    close(descriptor);
  }
}

}  // namespace clipcluster::internal
