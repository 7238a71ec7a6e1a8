// Milliseconds of one core that each stage between a file and the engine takes, the mean over the given
// files of the best of several rounds.
//
//   image_stages_bench [--fast SIDE] FILE...
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "clipcluster/images.h"

namespace clipcluster {
namespace {

constexpr int kThumbnailSide = 256;
constexpr int kThumbnailQuality = 85;

enum Stage { kRead, kHashBytes, kDecode, kHashPixels, kCrop, kThumbnail, kEncode, kNormalize, kStages };
constexpr std::array kNames = {"read",         "hash bytes", "decode",           "hash pixels",
                               "resize, crop", "thumbnail",  "encode thumbnail", "normalize"};

using Times = std::array<double, kStages>;

class Watch {
 public:
  explicit Watch(Times& best) : best_(best) {}
  void stop(Stage stage) {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double, std::milli> spent = now - start_;
    best_[stage] = std::min(best_[stage], spent.count());
    start_ = std::chrono::steady_clock::now();
  }

 private:
  Times& best_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

void run_stages(const std::string& path, const DecodeOptions& options, Times& best) {
  Watch watch(best);
  const auto read = read_image_file(path, options);
  if (read.index() != 0) std::exit(1);
  const auto& file = std::get<0>(read);
  watch.stop(kRead);
  std::string hash = hash_bytes(file);
  watch.stop(kHashBytes);
  const DecodeResult result = decode_image(file, options);
  if (result.index() != 0) std::exit(1);
  const Image& image = std::get<0>(result).image;
  watch.stop(kDecode);
  hash += hash_pixels(image);
  watch.stop(kHashPixels);
  const Image crop = resize_and_crop(image, {});
  watch.stop(kCrop);
  const Image thumbnail = make_thumbnail(image, kThumbnailSide);
  watch.stop(kThumbnail);
  if (!encode_jpeg(thumbnail, kThumbnailQuality).is_ok()) std::exit(1);
  watch.stop(kEncode);
  std::vector<float> planes(crop.rgb.size());
  normalize_pixels(crop, {}, planes);
  watch.stop(kNormalize);
}

int run(int count, char** arguments) {
  DecodeOptions options;
  int first = 1;
  if (count > 2 && std::string(arguments[1]) == "--fast") {
    options.fast_decode_side = std::atoi(arguments[2]);
    first = 3;
  }
  if (first >= count) return 2;
  Times sums{};
  for (int i = first; i < count; ++i) {
    Times best;
    best.fill(std::numeric_limits<double>::max());
    for (int round = 0; round < 5; ++round) run_stages(arguments[i], options, best);
    for (int stage = 0; stage < kStages; ++stage) sums[stage] += best[stage] / (count - first);
  }
  double all = 0.0;
  for (int stage = 0; stage < kStages; ++stage) {
    fmt::print("{:<17} {:7.3f} ms\n", kNames[stage], sums[stage]);
    all += sums[stage];
  }
  fmt::print("{:<17} {:7.3f} ms\n", "all", all);
  return 0;
}

}  // namespace
}  // namespace clipcluster

int main(int count, char** arguments) { return clipcluster::run(count, arguments); }
