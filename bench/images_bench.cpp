// Milliseconds for one picture: decoding a 500 x 500 JPEG (4:2:0, quality 90) and PNG, Pillow's resize to
// 224 x 224 with each instruction set, and the rest of what happens to a picture before the model.
//
//   images_bench [--benchmark_filter=...]
#include <benchmark/benchmark.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "clipcluster/cpu.h"
#include "clipcluster/images.h"

namespace clipcluster {
namespace {

// Smooth shapes with some grain: compresses about as a photo does.
Image photo(int width, int height) {
  Image image{width, height, {}};
  image.rgb.reserve(std::size_t{3} * width * height);
  std::uint32_t grain = 1;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        grain = grain * 1664525U + 1013904223U;
        const double wave = std::sin(x * 0.043 + channel) * std::cos(y * 0.031 - channel) * 90.0;
        image.rgb.push_back(static_cast<std::uint8_t>(128.0 + wave + static_cast<double>(grain >> 28)));
      }
    }
  }
  return image;
}

void decode_jpeg_500(benchmark::State& state) {
  const std::vector<std::uint8_t> file = encode_jpeg(photo(500, 500), 90).value();
  for (auto _ : state) benchmark::DoNotOptimize(decode_image(file));
  state.counters["bytes"] = static_cast<double>(file.size());
}
BENCHMARK(decode_jpeg_500)->Unit(benchmark::kMillisecond);

void decode_small_png(benchmark::State& state) {
  const std::string path = std::string(IMAGES_DATA) + "/formats/alpha.png";
  std::ifstream stream(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
  const std::vector<std::uint8_t> file(bytes.begin(), bytes.end());
  for (auto _ : state) benchmark::DoNotOptimize(decode_image(file));
}
BENCHMARK(decode_small_png)->Unit(benchmark::kMillisecond);

void resize_500_to_224(benchmark::State& state) {
  limit_instruction_set(static_cast<InstructionSet>(state.range(0)));
  state.SetLabel(instruction_set_name(instruction_set()));
  const Image image = photo(500, 500);
  for (auto _ : state) benchmark::DoNotOptimize(resize_bicubic(image, 224, 224));
  limit_instruction_set(InstructionSet::avx512);
}
BENCHMARK(resize_500_to_224)
    ->Arg(static_cast<int>(InstructionSet::scalar))
    ->Arg(static_cast<int>(InstructionSet::avx2))
    ->Arg(static_cast<int>(InstructionSet::avx512))
    ->Unit(benchmark::kMillisecond);

void resize_and_crop_1500x1000(benchmark::State& state) {
  limit_instruction_set(static_cast<InstructionSet>(state.range(0)));
  state.SetLabel(instruction_set_name(instruction_set()));
  const Image image = photo(1500, 1000);
  for (auto _ : state) benchmark::DoNotOptimize(resize_and_crop(image, {}));
  limit_instruction_set(InstructionSet::avx512);
}
BENCHMARK(resize_and_crop_1500x1000)
    ->Arg(static_cast<int>(InstructionSet::scalar))
    ->Arg(static_cast<int>(InstructionSet::avx2))
    ->Arg(static_cast<int>(InstructionSet::avx512))
    ->Unit(benchmark::kMillisecond);

void normalize_224(benchmark::State& state) {
  const Image image = photo(224, 224);
  std::vector<float> planes(image.rgb.size());
  for (auto _ : state) normalize_pixels(image, {}, planes);
}
BENCHMARK(normalize_224)->Unit(benchmark::kMillisecond);

void thumbnail_500_to_96(benchmark::State& state) {
  const Image image = photo(500, 500);
  for (auto _ : state) benchmark::DoNotOptimize(encode_jpeg(make_thumbnail(image, 96), 80));
}
BENCHMARK(thumbnail_500_to_96)->Unit(benchmark::kMillisecond);

void hash_pixels_500(benchmark::State& state) {
  const Image image = photo(500, 500);
  for (auto _ : state) benchmark::DoNotOptimize(hash_pixels(image));
}
BENCHMARK(hash_pixels_500)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace clipcluster

BENCHMARK_MAIN();
