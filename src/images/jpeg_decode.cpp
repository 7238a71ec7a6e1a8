#include "images/jpeg_decode.h"

#include <cstdio>  // jpeglib.h needs FILE

#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "images/failure.h"
#include "images/large_pictures.h"
#include "images/orientation.h"

namespace clipcluster {
namespace {

// libjpeg-turbo's advice against pictures of thousands of scans, each of which costs a pass over all
// coefficients ("Two Issues with the JPEG Standard", libjpeg-turbo.org): a budget for pixels x scans.
constexpr std::uint64_t kScanBudget = 4'000'000'000;
constexpr std::uint64_t kFewestScans = 20;
constexpr std::uint64_t kMostScans = 500;

// What libjpeg calls back into. `base` first: libjpeg hands out a pointer to it.
struct JpegErrors {
  jpeg_error_mgr base;
  jmp_buf jump;
  bool ended_early = false;   // the source ran dry and libjpeg invented an end marker
  bool data_missing = false;  // ... and pixels were needed that were not there
  bool too_many_scans = false;
};

struct JpegProgress {
  jpeg_progress_mgr base;
  int max_scans = 0;
};

JpegErrors& errors_of(j_common_ptr info) { return *reinterpret_cast<JpegErrors*>(info->err); }

[[noreturn]] void on_error(j_common_ptr info) { longjmp(errors_of(info).jump, 1); }

// Most warnings are about harmless things that every viewer accepts. The end of the data is not:
// going on would fill the rest with grey.
void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  JpegErrors& errors = errors_of(info);
  ++errors.base.num_warnings;
  auto* decoder = reinterpret_cast<j_decompress_ptr>(info);
  if (errors.base.msg_code == JWRN_JPEG_EOF) errors.ended_early = true;
  const bool starved = errors.base.msg_code == JWRN_HIT_MARKER && errors.ended_early;
  // A missing end marker alone loses nothing in a one-scan file, but may be missing scans elsewhere.
  if (starved || (errors.ended_early && jpeg_has_multiple_scans(decoder))) {
    errors.data_missing = true;
    longjmp(errors.jump, 1);
  }
}

void on_output(j_common_ptr) {}

void on_progress(j_common_ptr info) {
  const auto* decoder = reinterpret_cast<j_decompress_ptr>(info);
  if (decoder->input_scan_number <= reinterpret_cast<JpegProgress*>(info->progress)->max_scans) return;
  errors_of(info).too_many_scans = true;
  longjmp(errors_of(info).jump, 1);
}

bool is_unsupported(int code) {
  return code == JERR_BAD_PRECISION || code == JERR_SOF_UNSUPPORTED || code == JERR_ARITH_NOTIMPL ||
         code == JERR_CONVERSION_NOTIMPL || code == JERR_CCIR601_NOTIMPL ||
         code == JERR_FRACT_SAMPLE_NOTIMPL || code == JERR_COMPONENT_COUNT || code == JERR_BAD_J_COLORSPACE;
}

DecodeFailure failure_of(JpegErrors& errors, j_common_ptr info) {
  const int code = errors.base.msg_code;
  if (errors.data_missing || code == JERR_INPUT_EOF || code == JERR_INPUT_EMPTY) return ends_early("JPEG");
  if (errors.too_many_scans) {
    return {SkipReason::corrupt, "This JPEG has so many scans that it can only be meant to waste time."};
  }
  if (code == JERR_OUT_OF_MEMORY) return no_memory();
  char text[JMSG_LENGTH_MAX];
  errors.base.format_message(info, text);
  if (is_unsupported(code)) {
    return {SkipReason::unsupported_format,
            std::string("This kind of JPEG cannot be decoded here (libjpeg: ") + text +
                "); save it as an ordinary 8-bit JPEG."};
  }
  // A file that ended in the middle of its headers: the end marker that libjpeg invented came too soon.
  if (errors.ended_early) return ends_early("JPEG");
  return {SkipReason::corrupt, std::string("The JPEG data is damaged (libjpeg: ") + text + ")."};
}

// Asks for large pages where the system lets programs ask: a large picture is mapped afresh each time, and
// handing out its small pages one by one takes as long as a tenth of decoding it.
void prefer_huge_pages(const std::vector<std::uint8_t>& reserved) {
  constexpr std::uintptr_t kHugePage = std::uintptr_t{2} << 20;
  const auto begin = reinterpret_cast<std::uintptr_t>(reserved.data());
  const std::uintptr_t first = (begin + kHugePage - 1) / kHugePage * kHugePage;
  const std::uintptr_t last = (begin + reserved.capacity()) / kHugePage * kHugePage;
  // A refusal changes nothing.
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

// All of libjpeg's state for one picture; objects with destructors live here, not in the functions
// that longjmp leaves.
class JpegReader {
 public:
  JpegReader(std::span<const std::uint8_t> file, const DecodeOptions& options)
      : file_(file), options_(options) {
    info_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = on_error;
    errors_.base.emit_message = on_message;
    errors_.base.output_message = on_output;
  }
  ~JpegReader() {
    if (created_) jpeg_destroy_decompress(&info_);
    free(icc_);
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  StoredResult read() {
    if (!guarded(&JpegReader::read_header)) return failure();
    if (auto refusal = check_size(info_.image_width, info_.image_height, options_)) return *refusal;
    stored_.large_picture = wait_if_large(info_.image_width, info_.image_height);
    choose_color();
    choose_scale();
    if (!guarded(&JpegReader::work_out_size)) return failure();
    take_size();
    take_markers();
    stored_.samples.reserve(stride() * static_cast<std::size_t>(stored_.height));
    prefer_huge_pages(stored_.samples);
    if (!guarded(&JpegReader::read_pixels)) return failure();
    return std::move(stored_);
  }

 private:
  // False when libjpeg gave up. No object with a destructor may be made between here and libjpeg.
  bool guarded(void (JpegReader::*step)()) {
    if (setjmp(errors_.jump) != 0) return false;
    (this->*step)();
    return true;
  }

  void read_header() {
    jpeg_create_decompress(&info_);
    created_ = true;
    info_.progress = &progress_.base;
    progress_.base.progress_monitor = on_progress;
    progress_.max_scans = static_cast<int>(kMostScans);
    jpeg_mem_src(&info_, file_.data(), static_cast<unsigned long>(file_.size()));
    jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);
    jpeg_save_markers(&info_, JPEG_APP0 + 2, 0xFFFF);
    jpeg_read_header(&info_, TRUE);
    jpeg_read_icc_profile(&info_, &icc_, &icc_size_);
  }

  void choose_color() {
    if (info_.jpeg_color_space == JCS_GRAYSCALE) {
      stored_.model = ColorModel::grey;
      info_.out_color_space = JCS_GRAYSCALE;
    } else if (info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK) {
      stored_.model = ColorModel::cmyk;
      stored_.ink_inverted = info_.saw_Adobe_marker != 0;
      info_.out_color_space = JCS_CMYK;
    } else {
      stored_.model = ColorModel::rgb;
      info_.out_color_space = JCS_RGB;
    }
    const std::uint64_t pixels = std::uint64_t{info_.image_width} * info_.image_height;
    progress_.max_scans = static_cast<int>(std::clamp<std::uint64_t>(
        kScanBudget / std::max<std::uint64_t>(pixels, 1), kFewestScans, kMostScans));
  }

  // libjpeg takes the average of 2 x 2, 4 x 4 or 8 x 8 pixels out of the coefficients themselves.
  void choose_scale() {
    if (options_.fast_decode_side <= 0) return;
    const std::uint64_t shorter = std::min(info_.image_width, info_.image_height);
    const std::uint64_t wanted = 2 * static_cast<std::uint64_t>(options_.fast_decode_side);
    info_.scale_denom = 8;
    for (info_.scale_num = 1; info_.scale_num < 8; info_.scale_num *= 2) {
      if (shorter * info_.scale_num >= wanted * info_.scale_denom) return;
    }
  }

  void work_out_size() { jpeg_calc_output_dimensions(&info_); }

  void take_size() {
    stored_.width = static_cast<int>(info_.output_width);
    stored_.height = static_cast<int>(info_.output_height);
    if (info_.output_width == info_.image_width && info_.output_height == info_.image_height) return;
    stored_.full_width = static_cast<int>(info_.image_width);
    stored_.full_height = static_cast<int>(info_.image_height);
  }

  void take_markers() {
    if (icc_ != nullptr) stored_.icc_profile.assign(icc_, icc_ + icc_size_);
    for (auto* marker = info_.marker_list; marker != nullptr; marker = marker->next) {
      const std::span<const std::uint8_t> data(marker->data, marker->data_length);
      if (marker->marker != JPEG_APP0 + 1 || data.size() < 6) continue;
      if (std::memcmp(data.data(), "Exif\0", 5) != 0) continue;
      stored_.orientation = read_exif_orientation(data.subspan(6));
      break;
    }
  }

  void read_pixels() {
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      // Row by row within what is reserved: zeroing all of a large picture first would be one more pass
      // over memory.
      const std::size_t at = stored_.samples.size();
      stored_.samples.resize(at + stride());
      JSAMPROW row = stored_.samples.data() + at;
      jpeg_read_scanlines(&info_, &row, 1);
    }
    jpeg_abort_decompress(&info_);
  }

  std::size_t stride() const {
    return static_cast<std::size_t>(stored_.width) * static_cast<std::size_t>(channel_count(stored_.model));
  }

  DecodeFailure failure() { return failure_of(errors_, reinterpret_cast<j_common_ptr>(&info_)); }

  std::span<const std::uint8_t> file_;
  const DecodeOptions& options_;
  jpeg_decompress_struct info_{};
  JpegErrors errors_{};
  JpegProgress progress_{};
  bool created_ = false;
  JOCTET* icc_ = nullptr;
  unsigned int icc_size_ = 0;
  StoredImage stored_;
};

}  // namespace

StoredResult decode_jpeg(std::span<const std::uint8_t> file, const DecodeOptions& options) {
  return JpegReader(file, options).read();
}

}  // namespace clipcluster
