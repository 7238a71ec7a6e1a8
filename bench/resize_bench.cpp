// Resizes one picture when asked to, so that compare_resize.py can let rivals take turns: each line of
// the standard input, "WHO WIDTH HEIGHT TARGET_WIDTH TARGET_HEIGHT" with WHO scalar, avx2, avx512, vips,
// vips-box or vips-thumbnail, is answered with milliseconds, the best of several calls on one thread.
//
// vips is vips_reduce with the cubic kernel, which weighs all pixels as ours does; vips-box is
// vips_resize's default, which takes plain means of blocks first; vips-thumbnail is vips_thumbnail_image.
#include <vips/vips.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "clipcluster/cpu.h"
#include "clipcluster/images.h"

namespace clipcluster {
namespace {

struct Request {
  std::string who;
  int width = 0, height = 0, target_width = 0, target_height = 0;
};

Image picture(int width, int height) {
  Image image{width, height, {}};
  image.rgb.resize(std::size_t{3} * width * height);
  std::uint32_t state = 1;
  for (std::uint8_t& value : image.rgb) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<std::uint8_t>(state >> 24);
  }
  return image;
}

template <class Work>
double best_milliseconds(const Work& work) {
  double best = 1e300;
  for (int round = 0; round < 5; ++round) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
    best = std::min(best, spent.count());
  }
  return best;
}

double ours(const Image& image, const Request& request) {
  limit_instruction_set(request.who == "scalar" ? InstructionSet::scalar
                        : request.who == "avx2" ? InstructionSet::avx2
                                                : InstructionSet::avx512);
  return best_milliseconds([&] { resize_bicubic(image, request.target_width, request.target_height); });
}

void stop(const char* problem) {
  std::fprintf(stderr, "resize_bench: %s\n", problem);
  std::exit(1);
}

VipsImage* resized_by_vips(VipsImage* from, const Request& request) {
  VipsImage* to = nullptr;
  const double across = static_cast<double>(request.width) / request.target_width;
  const double down = static_cast<double>(request.height) / request.target_height;
  int outcome = -1;
  if (request.who == "vips") {
    outcome = vips_reduce(from, &to, across, down, "kernel", VIPS_KERNEL_CUBIC, nullptr);
  } else if (request.who == "vips-box") {
    outcome =
        vips_resize(from, &to, 1.0 / across, "vscale", 1.0 / down, "kernel", VIPS_KERNEL_CUBIC, nullptr);
  } else {
    outcome = vips_thumbnail_image(from, &to, request.target_width, "height", request.target_height, "size",
                                   VIPS_SIZE_FORCE, nullptr);
  }
  if (outcome != 0) stop(vips_error_buffer());
  return to;
}

double by_vips(const Image& image, const Request& request) {
  VipsImage* from = vips_image_new_from_memory(image.rgb.data(), image.rgb.size(), image.width,
                                               image.height, 3, VIPS_FORMAT_UCHAR);
  const double milliseconds = best_milliseconds([&] {
    VipsImage* to = resized_by_vips(from, request);
    std::size_t bytes = 0;
    void* pixels = vips_image_write_to_memory(to, &bytes);
    if (bytes != std::size_t{3} * request.target_width * request.target_height) stop("another size");
    g_free(pixels);
    g_object_unref(to);
  });
  g_object_unref(from);
  return milliseconds;
}

int answer() {
  if (VIPS_INIT("resize_bench") != 0) stop("libvips does not start");
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  Request request;
  Image image;
  while (std::cin >> request.who >> request.width >> request.height >> request.target_width >>
         request.target_height) {
    if (image.width != request.width || image.height != request.height) {
      image = picture(request.width, request.height);
    }
    const bool vips = request.who.starts_with("vips");
    std::printf("%.6f\n", vips ? by_vips(image, request) : ours(image, request));
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace clipcluster

int main() { return clipcluster::answer(); }
