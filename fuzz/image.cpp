// Decode, resize and crop, thumbnail and its JPEG: what `run` does with a file.
#include "clipcluster/images.h"

#include "fuzz.h"

namespace clipcluster::fuzz {
namespace {

// Small enough for thousands of inputs a minute; the limit itself is one of the things under test.
constexpr std::uint64_t kMostPixels = 1 << 18;

bool is_whole(const Image& image) {
  return image.width > 0 && image.height > 0 &&
         image.rgb.size() == std::size_t{3} * static_cast<std::size_t>(image.width) * image.height;
}

void require_usable(const Image& image) {
  PreprocessOptions preprocess;
  preprocess.shortest_edge = 24;
  preprocess.crop_width = preprocess.crop_height = 21;
  const Image cropped = resize_and_crop(image, preprocess);
  require(is_whole(cropped) && cropped.width == 21 && cropped.height == 21, "a crop has its size");
  const Image thumbnail = make_thumbnail(image, 20);
  require(is_whole(thumbnail) && thumbnail.width <= 20 && thumbnail.height <= 20,
          "a thumbnail is not larger than asked for");
  require(encode_jpeg(thumbnail, 85).is_ok(), "a thumbnail can be written");
}

void decode(Bytes bytes, int fast_decode_side) {
  DecodeOptions options;
  options.max_pixels = kMostPixels;
  options.fast_decode_side = fast_decode_side;
  const DecodeResult result = decode_image(bytes, options);
  if (const auto* failure = std::get_if<DecodeFailure>(&result)) {
    require(!failure->message.empty(), "a refusal has a message");
    return;
  }
  const auto& decoded = std::get<DecodedImage>(result);
  require(!decoded.format.empty(), "the format has a name");
  require(is_whole(decoded.image), "an image has as many pixels as it says");
  const auto pixels = static_cast<std::uint64_t>(decoded.image.width) * decoded.image.height;
  require(pixels <= kMostPixels, "an image has no more pixels than allowed");
  require_usable(decoded.image);
}

}  // namespace

void image(Bytes bytes) {
  decode(bytes, 0);
  if (bytes.size() > 2 && bytes[0] == 0xFF && bytes[1] == 0xD8) decode(bytes, 16);
}

}  // namespace clipcluster::fuzz
