#include "images/vips_library.h"

#include <dlfcn.h>

namespace clipcluster {
namespace {

struct Opened {
  VipsLibrary library;
  std::string problem;
};

template <class Function>
void find(void* handle, const char* name, Function& function, std::string& problem) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
  if (function == nullptr && problem.empty()) {
    problem = std::string("The installed libvips is too old: it has no function ") + name +
              ". Install libvips 8.14 or newer.";
  }
}

void find_functions(void* handle, Opened& opened) {
  VipsLibrary& library = opened.library;
  std::string& problem = opened.problem;
  find(handle, "vips_init", library.init, problem);
  find(handle, "vips_error_clear", library.error_clear, problem);
  find(handle, "vips_cache_set_max", library.cache_set_max, problem);
  find(handle, "vips_pngload_buffer", library.pngload_buffer, problem);
  find(handle, "vips_gifload_buffer", library.gifload_buffer, problem);
  find(handle, "vips_webpload_buffer", library.webpload_buffer, problem);
  find(handle, "vips_tiffload_buffer", library.tiffload_buffer, problem);
  find(handle, "vips_heifload_buffer", library.heifload_buffer, problem);
  find(handle, "vips_jxlload_buffer", library.jxlload_buffer, problem);
  find(handle, "vips_image_get_width", library.image_get_width, problem);
  find(handle, "vips_image_get_height", library.image_get_height, problem);
  find(handle, "vips_image_get_bands", library.image_get_bands, problem);
  find(handle, "vips_image_get_format", library.image_get_format, problem);
  find(handle, "vips_image_get_interpretation", library.image_get_interpretation, problem);
  find(handle, "vips_image_get_typeof", library.image_get_typeof, problem);
  find(handle, "vips_image_get_blob", library.image_get_blob, problem);
  find(handle, "vips_image_get_int", library.image_get_int, problem);
  find(handle, "vips_colourspace", library.colourspace, problem);
  find(handle, "vips_region_new", library.region_new, problem);
  find(handle, "vips_region_prepare", library.region_prepare, problem);
  find(handle, "g_object_unref", library.object_unref, problem);
  find(handle, "g_log_set_handler", library.log_set_handler, problem);
}

void say_nothing(const gchar*, GLogLevelFlags, const gchar*, gpointer) {}

Opened open_library() {
  Opened opened;
  void* handle = dlopen("libvips.so.42", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    opened.problem =
        "Only JPEG and BMP can be decoded, because libvips is not installed (Debian: apt install "
        "libvips42).";
    return opened;
  }
  find_functions(handle, opened);
  if (!opened.problem.empty()) return opened;
  // Decoders' complaints reach people as DecodeFailure, not as lines on stderr.
  opened.library.log_set_handler("VIPS", static_cast<GLogLevelFlags>(G_LOG_LEVEL_MASK), say_nothing,
                                 nullptr);
  if (opened.library.init("clipcluster") != 0) {
    opened.problem = "libvips is installed but does not start.";
    return opened;
  }
  // Its cache of operations would keep decoded pictures alive.
  opened.library.cache_set_max(0);
  return opened;
}

}  // namespace

const VipsLibrary* vips_library(std::string& problem) {
  static const Opened opened = open_library();
  problem = opened.problem;
  return opened.problem.empty() ? &opened.library : nullptr;
}

}  // namespace clipcluster
