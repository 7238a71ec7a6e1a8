#include <fmt/format.h>

#include <cstdio>  // jpeglib.h needs FILE

#include <jpeglib.h>
#include <setjmp.h>

#include <cstdlib>
#include <new>
#include <string>

#include "clipcluster/images.h"

namespace clipcluster {
namespace {

struct EncoderErrors {
  jpeg_error_mgr base;  // first: libjpeg hands out a pointer to it
  jmp_buf jump;
};

void on_error(j_common_ptr info) { longjmp(reinterpret_cast<EncoderErrors*>(info->err)->jump, 1); }
void on_message(j_common_ptr, int) {}
void on_output(j_common_ptr) {}

class JpegWriter {
 public:
  JpegWriter() {
    info_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = on_error;
    errors_.base.emit_message = on_message;
    errors_.base.output_message = on_output;
  }
  ~JpegWriter() {
    jpeg_destroy_compress(&info_);
    std::free(bytes_);
  }
  JpegWriter(const JpegWriter&) = delete;
  JpegWriter& operator=(const JpegWriter&) = delete;

  // False when libjpeg gave up.
  bool write(const Image& image, int quality) {
    if (setjmp(errors_.jump) != 0) return false;
    jpeg_create_compress(&info_);
    jpeg_mem_dest(&info_, &bytes_, &size_);
    info_.image_width = static_cast<JDIMENSION>(image.width);
    info_.image_height = static_cast<JDIMENSION>(image.height);
    info_.input_components = 3;
    info_.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info_);
    jpeg_set_quality(&info_, quality, TRUE);
    jpeg_start_compress(&info_, TRUE);
    const std::size_t stride = static_cast<std::size_t>(image.width) * 3;
    while (info_.next_scanline < info_.image_height) {
      // libjpeg's type is not const, but it only reads.
      JSAMPROW row = const_cast<std::uint8_t*>(image.rgb.data()) + info_.next_scanline * stride;
      jpeg_write_scanlines(&info_, &row, 1);
    }
    jpeg_finish_compress(&info_);
    return true;
  }

  std::vector<std::uint8_t> bytes() const { return {bytes_, bytes_ + size_}; }
  std::string problem() {
    char text[JMSG_LENGTH_MAX];
    errors_.base.format_message(reinterpret_cast<j_common_ptr>(&info_), text);
    return text;
  }

 private:
  jpeg_compress_struct info_{};
  EncoderErrors errors_{};
  unsigned char* bytes_ = nullptr;
  unsigned long size_ = 0;
};

}  // namespace

Result<std::vector<std::uint8_t>> encode_jpeg(const Image& image, int quality) {
  if (quality < 1 || quality > 100) {
    return Status::invalid_argument(
        fmt::format("A JPEG quality of {} is not possible; use 1 to 100.", quality));
  }
  if (image.width < 1 || image.height < 1 || image.width > JPEG_MAX_DIMENSION ||
      image.height > JPEG_MAX_DIMENSION) {
    return Status::invalid_argument(
        fmt::format("A JPEG cannot have {} x {} pixels; the longest side is {}.", image.width, image.height,
                    JPEG_MAX_DIMENSION));
  }
  try {
    JpegWriter writer;
    if (!writer.write(image, quality)) {
      return Status::internal(
          fmt::format("The picture could not be written as JPEG: {}.", writer.problem()));
    }
    return writer.bytes();
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("There was not enough memory to write a picture as JPEG.");
  }
}

}  // namespace clipcluster
