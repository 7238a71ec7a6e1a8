#include "images/vips_decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "images/container.h"
#include "images/failure.h"
#include "images/large_pictures.h"
#include "images/vips_library.h"

namespace clipcluster {
namespace {

// Decoders of interlaced or one-strip files hold all samples beside ours; with this, a file within
// max_pixels stays below 1.5 GB.
constexpr std::uint64_t kMaxStoredBytes = 900'000'000;
constexpr int kMaxBands = 64;

struct Unref {
  const VipsLibrary* vips;
  void operator()(void* object) const { vips->object_unref(object); }
};
using VipsImageOwner = std::unique_ptr<VipsImage, Unref>;
using VipsRegionOwner = std::unique_ptr<VipsRegion, Unref>;

std::string format_label(ImageFormat format) {
  std::string name = image_format_name(format);
  for (char& letter : name) letter = static_cast<char>(letter - 'a' + 'A');
  return name;
}

DecodeFailure unsupported(const std::string& kind) {
  return {SkipReason::unsupported_format,
          fmt::format("{} is not supported; save it as PNG or JPEG.", kind)};
}

// One picture on its way through libvips. libvips' own error text is shared by all threads, so it
// would not be the same from run to run; the sentences here are ours.
class VipsDecoder {
 public:
  VipsDecoder(const VipsLibrary& vips, std::span<const std::uint8_t> file, ImageFormat format,
              const Container& container, const DecodeOptions& options)
      : vips_(vips),
        file_(file),
        format_(format),
        container_(container),
        options_(options),
        image_(nullptr, Unref{&vips}) {}
  ~VipsDecoder() { vips_.error_clear(); }
  VipsDecoder(const VipsDecoder&) = delete;
  VipsDecoder& operator=(const VipsDecoder&) = delete;

  StoredResult decode() {
    if (!open()) return failure();
    if (auto refusal = check_header()) return *refusal;
    stored_.large_picture = wait_if_large(stored_.width, stored_.height);
    if (!choose_model() || !copy_pixels()) return failure();
    take_metadata();
    return std::move(stored_);
  }

 private:
  DecodeFailure failure() const {
    const std::string name = format_label(format_);
    return container_.complete ? damaged(name) : ends_early(name);
  }

  bool open() {
    VipsImage* image = nullptr;
    void* data = const_cast<std::uint8_t*>(file_.data());
    // Sequential: rows are decoded as they are read, instead of all before the first.
    const auto load = [&](auto loader) {
      return loader(data, file_.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                    VIPS_FAIL_ON_ERROR, nullptr);
    };
    int outcome = -1;
    if (format_ == ImageFormat::png) outcome = load(vips_.pngload_buffer);
    if (format_ == ImageFormat::gif) outcome = load(vips_.gifload_buffer);
    if (format_ == ImageFormat::webp) outcome = load(vips_.webpload_buffer);
    if (format_ == ImageFormat::tiff) outcome = load(vips_.tiffload_buffer);
    if (format_ == ImageFormat::heif || format_ == ImageFormat::avif) outcome = load(vips_.heifload_buffer);
    if (format_ == ImageFormat::jxl) outcome = load(vips_.jxlload_buffer);
    image_.reset(image);
    return outcome == 0 && image != nullptr;
  }

  std::optional<DecodeFailure> check_header() {
    const int width = vips_.image_get_width(image_.get());
    const int height = vips_.image_get_height(image_.get());
    const int bands = vips_.image_get_bands(image_.get());
    if (width < 0 || height < 0 || bands < 1) return damaged(format_label(format_));
    const std::uint64_t columns = static_cast<std::uint64_t>(width);
    const std::uint64_t rows = static_cast<std::uint64_t>(height);
    if (auto refusal = check_size(columns, rows, options_)) return refusal;
    if (bands > kMaxBands || columns * rows * bands * sample_bytes() > kMaxStoredBytes) {
      return DecodeFailure{SkipReason::too_large,
                           fmt::format("{} x {} pixels of {} channels with {} bits take too much memory.",
                                       width, height, bands, sample_bytes() * 8)};
    }
    const VipsBandFormat format = vips_.image_get_format(image_.get());
    if (format != VIPS_FORMAT_UCHAR && format != VIPS_FORMAT_USHORT && !is_lab()) {
      return unsupported(fmt::format("A {} with samples other than 8-bit and 16-bit numbers from 0",
                                     format_label(format_)));
    }
    stored_.width = width;
    stored_.height = height;
    return std::nullopt;
  }

  // CIELAB is stored as signed numbers or packed.
  bool is_lab() const {
    const VipsInterpretation meaning = vips_.image_get_interpretation(image_.get());
    return meaning == VIPS_INTERPRETATION_LAB || meaning == VIPS_INTERPRETATION_LABS ||
           meaning == VIPS_INTERPRETATION_LABQ;
  }

  std::uint64_t sample_bytes() const {
    switch (vips_.image_get_format(image_.get())) {
      case VIPS_FORMAT_UCHAR:
      case VIPS_FORMAT_CHAR:
        return 1;
      case VIPS_FORMAT_USHORT:
      case VIPS_FORMAT_SHORT:
        return 2;
      case VIPS_FORMAT_COMPLEX:
      case VIPS_FORMAT_DOUBLE:
        return 8;
      case VIPS_FORMAT_DPCOMPLEX:
        return 16;
      default:
        return 4;
    }
  }

  // 8-bit and 16-bit grey, RGB and CMYK are taken as they are; libvips makes the rest (Lab, floating
  // point, HSV, ...) sRGB.
  bool choose_model() {
    const VipsBandFormat format = vips_.image_get_format(image_.get());
    bool plain = format == VIPS_FORMAT_UCHAR || format == VIPS_FORMAT_USHORT;
    switch (vips_.image_get_interpretation(image_.get())) {
      case VIPS_INTERPRETATION_B_W:
      case VIPS_INTERPRETATION_GREY16:
      case VIPS_INTERPRETATION_sRGB:
      case VIPS_INTERPRETATION_RGB:
      case VIPS_INTERPRETATION_RGB16:
      case VIPS_INTERPRETATION_MULTIBAND:
      case VIPS_INTERPRETATION_CMYK:
        break;
      default:
        plain = false;
    }
    if (!plain && !convert_to_srgb()) return false;
    const int bands = vips_.image_get_bands(image_.get());
    const VipsInterpretation meaning = vips_.image_get_interpretation(image_.get());
    const bool grey = meaning == VIPS_INTERPRETATION_B_W || meaning == VIPS_INTERPRETATION_GREY16;
    if (meaning == VIPS_INTERPRETATION_CMYK && bands >= 4) {
      stored_.model = ColorModel::cmyk;
    } else if (grey || bands < 3) {
      stored_.model = bands == 1 ? ColorModel::grey : ColorModel::grey_alpha;
    } else {
      stored_.model = bands == 3 ? ColorModel::rgb : ColorModel::rgb_alpha;
    }
    if (!container_.extra_is_alpha) {
      if (stored_.model == ColorModel::grey_alpha) stored_.model = ColorModel::grey;
      if (stored_.model == ColorModel::rgb_alpha) stored_.model = ColorModel::rgb;
    }
    return true;
  }

  bool convert_to_srgb() {
    VipsImage* converted = nullptr;
    const int outcome = vips_.colourspace(image_.get(), &converted, VIPS_INTERPRETATION_sRGB, nullptr);
    image_.reset(converted);
    return outcome == 0 && vips_.image_get_format(converted) == VIPS_FORMAT_UCHAR;
  }

  // Strip by strip on this thread: libvips' own way would start threads of its own.
  bool copy_pixels() {
    constexpr int kStripSamples = 1 << 18;
    const int rows = std::clamp(kStripSamples / stored_.width, 1, 64);
    stored_.samples.resize(static_cast<std::size_t>(stored_.width) * stored_.height *
                           channel_count(stored_.model));
    const VipsRegionOwner region(vips_.region_new(image_.get()), Unref{&vips_});
    if (!region) return false;
    for (int top = 0; top < stored_.height; top += rows) {
      const VipsRect strip{0, top, stored_.width, std::min(rows, stored_.height - top)};
      if (vips_.region_prepare(region.get(), &strip) != 0) return false;
      for (int y = 0; y < strip.height; ++y) {
        copy_row(region->data + static_cast<std::ptrdiff_t>(y) * region->bpl, top + y);
      }
    }
    return true;
  }

  void copy_row(const VipsPel* from, int y) {
    const int bands = vips_.image_get_bands(image_.get());
    const int channels = channel_count(stored_.model);
    std::uint8_t* to = stored_.samples.data() + static_cast<std::size_t>(y) * stored_.width * channels;
    if (vips_.image_get_format(image_.get()) == VIPS_FORMAT_USHORT) {
      const auto* wide = reinterpret_cast<const std::uint16_t*>(from);
      for (int x = 0; x < stored_.width; ++x, wide += bands) {
        for (int c = 0; c < channels; ++c) *to++ = to_8_bits(wide[c]);
      }
    } else if (bands == channels) {
      std::memcpy(to, from, static_cast<std::size_t>(stored_.width) * channels);
    } else {
      for (int x = 0; x < stored_.width; ++x, from += bands) {
        for (int c = 0; c < channels; ++c) *to++ = from[c];
      }
    }
  }

  void take_metadata() {
    const void* profile = nullptr;
    std::size_t bytes = 0;
    if (vips_.image_get_typeof(image_.get(), VIPS_META_ICC_NAME) != 0 &&
        vips_.image_get_blob(image_.get(), VIPS_META_ICC_NAME, &profile, &bytes) == 0) {
      const auto* begin = static_cast<const std::uint8_t*>(profile);
      stored_.icc_profile.assign(begin, begin + bytes);
    }
    // HEIF, AVIF and JPEG XL decoders turn the picture themselves.
    const bool turned =
        format_ == ImageFormat::heif || format_ == ImageFormat::avif || format_ == ImageFormat::jxl;
    int orientation = 1;
    if (!turned && vips_.image_get_typeof(image_.get(), VIPS_META_ORIENTATION) != 0 &&
        vips_.image_get_int(image_.get(), VIPS_META_ORIENTATION, &orientation) == 0) {
      stored_.orientation = orientation;
    }
  }

  const VipsLibrary& vips_;
  std::span<const std::uint8_t> file_;
  ImageFormat format_;
  const Container& container_;
  const DecodeOptions& options_;
  VipsImageOwner image_;
  StoredImage stored_;
};

}  // namespace

StoredResult decode_with_vips(std::span<const std::uint8_t> file, ImageFormat format,
                              const DecodeOptions& options) {
  const Container container = read_container(file, format);
  if (container.width != 0 && container.height != 0) {
    if (auto refusal = check_size(container.width, container.height, options)) return *refusal;
  }
  if (container.overruns) return ends_early(format_label(format));
  if (!container.unsupported.empty()) return unsupported(container.unsupported);
  std::string problem;
  const VipsLibrary* vips = vips_library(problem);
  if (vips == nullptr) return DecodeFailure{SkipReason::unsupported_format, problem};
  return VipsDecoder(*vips, file, format, container, options).decode();
}

}  // namespace clipcluster
