// libvips, opened when the first picture needs it. Linking to it would cost every start of the
// program 20-50 ms and a hundred shared libraries, most runs for nothing (JPEG does not need it).
#pragma once

#include <vips/vips.h>

#include <string>

namespace clipcluster {

// The functions of libvips and GLib that are used, under their own names.
struct VipsLibrary {
  decltype(&::vips_init) init = nullptr;
  decltype(&::vips_error_clear) error_clear = nullptr;
  decltype(&::vips_cache_set_max) cache_set_max = nullptr;
  decltype(&::vips_pngload_buffer) pngload_buffer = nullptr;
  decltype(&::vips_gifload_buffer) gifload_buffer = nullptr;
  decltype(&::vips_webpload_buffer) webpload_buffer = nullptr;
  decltype(&::vips_tiffload_buffer) tiffload_buffer = nullptr;
  decltype(&::vips_heifload_buffer) heifload_buffer = nullptr;
  decltype(&::vips_jxlload_buffer) jxlload_buffer = nullptr;
  decltype(&::vips_image_get_width) image_get_width = nullptr;
  decltype(&::vips_image_get_height) image_get_height = nullptr;
  decltype(&::vips_image_get_bands) image_get_bands = nullptr;
  decltype(&::vips_image_get_format) image_get_format = nullptr;
  decltype(&::vips_image_get_interpretation) image_get_interpretation = nullptr;
  decltype(&::vips_image_get_typeof) image_get_typeof = nullptr;
  decltype(&::vips_image_get_blob) image_get_blob = nullptr;
  decltype(&::vips_image_get_int) image_get_int = nullptr;
  decltype(&::vips_colourspace) colourspace = nullptr;
  decltype(&::vips_region_new) region_new = nullptr;
  decltype(&::vips_region_prepare) region_prepare = nullptr;
  decltype(&::g_object_unref) object_unref = nullptr;
  decltype(&::g_log_set_handler) log_set_handler = nullptr;
};

// The library, opened once per process and never closed; nullptr with a sentence in `problem` when
// it is not installed or too old. Thread-safe.
const VipsLibrary* vips_library(std::string& problem);

}  // namespace clipcluster
