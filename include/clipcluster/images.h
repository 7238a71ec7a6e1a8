// Finding image files, decoding them, and bringing them to the form that CLIP sees.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

// Why a file was not used. The names (skip_reason_name) are stable: they stand in skipped.jsonl, in
// the catalogue and in docs/images.md.
enum class SkipReason {
  not_found,           // no such file or folder
  unreadable,          // no permission, or the disk failed
  not_a_regular_file,  // device, socket, pipe
  link_loop,           // a symbolic link that leads to itself or to nowhere
  empty,               // zero bytes
  not_an_image,        // named like an image, but the content is something else
  unsupported_format,  // an image of a kind this program cannot decode
  truncated,           // the file ends too early
  corrupt,             // the decoder found an error
  too_large,           // more pixels or bytes than allowed; not decoded
  out_of_memory,
};
const char* skip_reason_name(SkipReason reason);

struct SkippedFile {
  std::string path;
  SkipReason reason = SkipReason::corrupt;
  std::string message;  // a sentence
};

struct FoundFile {
  std::string path;   // as reached from the input, not resolved; ARCHIVE/MEMBER inside an archive
  std::string input;  // the command-line input under which it was found
  std::uint64_t bytes = 0;
  // Since 1970, UTC. For the member of an archive a number like it, which changes when the content
  // may have changed (docs/archives.md).
  std::int64_t modified_ns = 0;
};

struct FindOptions {
  bool include_hidden = false;  // files and folders whose name begins with a dot
  bool follow_links =
      true;  // a folder reached twice is visited once; a link to a file is a file of its own
  bool archives_in_folders = false;  // zip and tar archives are read wherever they lie, not only as inputs
};

struct FindResult {
  std::vector<FoundFile> files;  // sorted by path, bytewise, inputs in the order given
  std::vector<SkippedFile>
      skipped;  // what looked like an image or was named by the user, but cannot be used
  std::size_t other_files =
      0;                     // inside folders: neither named like an image nor with an image's first bytes
  std::size_t archives = 0;  // inside folders and not read; also among other_files
  std::size_t nested_archives = 0;  // inside archives, never read; also among other_files
};

// Files as given and, recursively, everything in folders that is an image by name or by its first
// bytes. An input may also be a zip or tar archive, or a folder or file inside one
// ("photos.zip/cats"); docs/archives.md. A path that does not exist is in `skipped`; the call fails
// only when it is cancelled. Archives that are not read are told through progress.note().
Result<FindResult> find_images(std::span<const std::string> inputs, const FindOptions& options,
                               Progress& progress = Progress::none());

// A folder, an archive, or a folder inside an archive: something that find_images looks into.
bool is_image_collection(const std::string& path);

// 8-bit RGB (sRGB), rows from top to bottom, no gaps: rgb.size() == width * height * 3.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

struct DecodeOptions {
  std::uint64_t max_pixels = 100'000'000;            // width x height of the file; more is too_large
  std::uint64_t max_bytes = std::uint64_t{1} << 30;  // of the file
  // 0, or the short side that the caller will resize to. A JPEG is then decoded to 1/2, 1/4 or 1/8 of its
  // size, the smallest whose short side is still at least twice this: several times faster, other pixels
  // (docs/images.md gives the price). hash_pixels then compares with equally decoded pictures only.
  int fast_decode_side = 0;
};

struct DecodedImage {
  Image image;         // upright (EXIF orientation applied), sRGB, over white where it was transparent
  std::string format;  // "jpeg", "png", "gif", "webp", "tiff", "bmp", "heif", "avif", "raw", ...
  // As stored in the file, before orientation and before fast_decode_side made it smaller; of a camera's
  // raw file, its preview.
  int stored_width = 0;
  int stored_height = 0;
  // The same upright: image's size, unless fast_decode_side made it smaller.
  int upright_width = 0;
  int upright_height = 0;
};

struct DecodeFailure {
  SkipReason reason = SkipReason::corrupt;
  std::string message;  // a sentence without the path
};

using DecodeResult = std::variant<DecodedImage, DecodeFailure>;

// Thread-safe. What is done with transparency, colour profiles, 16-bit, CMYK, palettes, frames and
// orientation is written in docs/images.md. A picture above ~16 megapixels waits for other such
// ones, so that several threads together stay below 1.5 GB.
DecodeResult decode_image(std::span<const std::uint8_t> file, const DecodeOptions& options = {});

// Reads the whole file, or the whole member of an archive ("photos.zip/cats/1.jpg") without reading
// more of the archive. DecodeFailure when it cannot be read, is empty or larger than max_bytes.
// Thread-safe.
std::variant<std::vector<std::uint8_t>, DecodeFailure> read_image_file(const std::string& path,
                                                                       const DecodeOptions& options = {});

// Pillow's Image.resize((width, height), BICUBIC) for RGB, equal to the last bit (Pillow 9.4,
// src/libImaging/Resample.c). 1 <= width, height.
Image resize_bicubic(const Image& image, int width, int height);

// Where a centre crop begins when the margin is odd. It moves the crop by one pixel.
enum class CropRounding {
  half_to_even,  // torchvision 0.14, which OpenAI's CLIP uses: int(round(margin / 2.0))
  down,          // margin // 2: Hugging Face's slow image processors, and clip-mini's training
};

// How a checkpoint wants its pixels (preprocessor_config.json).
struct PreprocessOptions {
  int shortest_edge = 224;  // the short side is resized to this, the long one to int(edge * long / short)
  // Both above 0: every image is resized to exactly this, whatever its proportions, and shortest_edge
  // is not used. SigLIP's way.
  int resize_width = 0;
  int resize_height = 0;
  int crop_width = 224;   // centre crop as torchvision 0.14; see CropRounding
  int crop_height = 224;  // a smaller image is padded with black, as torchvision does
  float rescale = 1.0F / 255.0F;
  std::array<float, 3> mean = {0.48145466F, 0.4578275F, 0.40821073F};
  std::array<float, 3> deviation = {0.26862954F, 0.26130258F, 0.27577711F};
  CropRounding crop_rounding = CropRounding::half_to_even;
};

// Resize and crop: crop_width x crop_height pixels. Works out only the pixels that survive the crop;
// they are the same bits as resize_bicubic followed by the crop.
Image resize_and_crop(const Image& image, const PreprocessOptions& options);

// planes: 3 x height x width floats, (pixel * rescale - mean) / deviation.
void normalize_pixels(const Image& image, const PreprocessOptions& options, std::span<float> planes);

// At most `side` pixels on the longer edge, never enlarged.
Image make_thumbnail(const Image& image, int side);
// Baseline JPEG. quality 1..100.
Result<std::vector<std::uint8_t>> encode_jpeg(const Image& image, int quality);

// XXH3 128 as 32 hexadecimal digits: of a file's bytes, and of decoded pixels with their size.
std::string hash_bytes(std::span<const std::uint8_t> bytes);
std::string hash_pixels(const Image& image);

}  // namespace clipcluster
