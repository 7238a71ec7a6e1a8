// Images a second of a randomly initialised ViT-B/32, beside the rate of matrix products alone, which it
// cannot pass.
//
//   clip_bench --write FOLDER     the checkpoint, for rivals
//   clip_bench --embed PRECISION  the embedding of a grey image, for comparing with theirs
//   clip_bench [--benchmark_filter=...]      CLIPCLUSTER_THREADS=N limits the threads
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "clip/engines/gemm_limit.h"
#include "clipcluster/clip.h"
#include "clipcluster/parallel.h"
#include "clipcluster/random.h"

namespace clipcluster {
namespace {

constexpr int kWidth = 768;
constexpr int kHidden = 3072;
constexpr int kLayers = 12;
constexpr int kTokens = 50;
constexpr int kSide = 224;

// Tensor names with their sizes, as JSON writes a shape.
std::map<std::string, std::vector<int>> vit_b32_shapes() {
  std::map<std::string, std::vector<int>> shapes;
  const std::string tower = "vision_model.";
  shapes[tower + "embeddings.class_embedding"] = {kWidth};
  shapes[tower + "embeddings.patch_embedding.weight"] = {kWidth, 3, 32, 32};
  shapes[tower + "embeddings.position_embedding.weight"] = {kTokens, kWidth};
  shapes["visual_projection.weight"] = {512, kWidth};
  const auto add = [&](const std::string& name, int outputs, int inputs) {
    shapes[name + ".weight"] = inputs == 0 ? std::vector<int>{outputs} : std::vector<int>{outputs, inputs};
    shapes[name + ".bias"] = {outputs};
  };
  add(tower + "pre_layrnorm", kWidth, 0);
  add(tower + "post_layernorm", kWidth, 0);
  for (int i = 0; i < kLayers; ++i) {
    const std::string layer = fmt::format("{}encoder.layers.{}.", tower, i);
    for (const char* name : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      add(layer + "self_attn." + name, kWidth, kWidth);
    }
    add(layer + "mlp.fc1", kHidden, kWidth);
    add(layer + "mlp.fc2", kWidth, kHidden);
    add(layer + "layer_norm1", kWidth, 0);
    add(layer + "layer_norm2", kWidth, 0);
  }
  return shapes;
}

void write_random_checkpoint(const std::string& folder) {
  std::string header = "{";
  std::size_t values = 0;
  for (const auto& [name, shape] : vit_b32_shapes()) {
    std::size_t size = 1;
    std::string sizes;
    for (const int n : shape) {
      size *= static_cast<std::size_t>(n);
      sizes += fmt::format("{}{}", sizes.empty() ? "" : ",", n);
    }
    header += fmt::format("{}\"{}\":{{\"dtype\":\"F32\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                          values == 0 ? "" : ",", name, sizes, 4 * values, 4 * (values + size));
    values += size;
  }
  header += "}";
  std::vector<float> data(values);
  const CounterRandom random(1, "bench weights");
  for (std::size_t i = 0; i < values; ++i) {
    data[i] = 0.05F * (static_cast<float>(random.uniform(i / 4096, i % 4096)) - 0.5F);
  }
  std::ofstream file(folder + "/model.safetensors", std::ios::binary);
  const auto length = static_cast<std::uint64_t>(header.size());
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file << header;
  file.write(reinterpret_cast<const char*>(data.data()),
             static_cast<std::streamsize>(values * sizeof(float)));
  std::ofstream(folder + "/config.json") << "{}";  // every default is ViT-B/32's
  std::ofstream(folder + "/preprocessor_config.json") << "{}";
}

const ClipModel& model(Precision precision) {
  static std::map<Precision, ClipModel> models;
  if (const auto found = models.find(precision); found != models.end()) return found->second;
  std::string folder = (std::filesystem::temp_directory_path() / "clip-bench-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) std::exit(1);
  write_random_checkpoint(folder);
  auto loaded = ClipModel::load(folder, {precision, true, false});
  std::filesystem::remove_all(folder);
  if (!loaded.is_ok()) {
    fmt::print(stderr, "{}\n", loaded.status().message());
    std::exit(1);
  }
  return models.emplace(precision, std::move(loaded).value()).first->second;
}

void embed_images(benchmark::State& state, Precision precision) {
  const ClipModel& clip = model(precision);
  const auto batch = static_cast<std::size_t>(state.range(0));
  const std::vector<Image> images(batch,
                                  Image{kSide, kSide, std::vector<std::uint8_t>(kSide * kSide * 3, 99)});
  MatrixF embeddings(batch, 512);
  for (auto step : state) {
    static_cast<void>(step);
    if (!clip.embed_images(images, embeddings).is_ok()) state.SkipWithError("embedding failed");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * batch));
}

// Products alone, as images a second: 8.73e9 operations are in the dense layers of an image.
void products(benchmark::State& state, Precision precision) {
  constexpr double kOperations = 2.0 * kTokens * kLayers * kWidth * (4.0 * kWidth + 2.0 * kHidden) +
                                 2.0 * (kTokens - 1) * kWidth * 3072.0;
  double rate = 0.0;
  for (auto step : state) {
    static_cast<void>(step);
    rate = engines::gemm_rate(precision);
  }
  state.counters["GFLOPS"] = rate / 1e9;
  state.counters["images_per_second"] = rate / kOperations;
}

void settings(benchmark::internal::Benchmark* benchmark) {
  benchmark->Unit(benchmark::kMillisecond)->UseRealTime()->MinWarmUpTime(0.5);
}

BENCHMARK_CAPTURE(embed_images, f32, Precision::f32)->Arg(1)->Arg(16)->Apply(settings);
BENCHMARK_CAPTURE(embed_images, bf16, Precision::bf16)->Arg(1)->Arg(16)->Apply(settings);
BENCHMARK_CAPTURE(embed_images, int8, Precision::int8)->Arg(1)->Arg(16)->Apply(settings);

BENCHMARK_CAPTURE(products, f32, Precision::f32)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK_CAPTURE(products, bf16, Precision::bf16)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK_CAPTURE(products, int8, Precision::int8)->Unit(benchmark::kMillisecond)->Iterations(1);

void print_embedding(const char* precision) {
  const std::vector<Image> images(1, Image{kSide, kSide, std::vector<std::uint8_t>(kSide * kSide * 3, 99)});
  MatrixF embedding(1, 512);
  if (!model(precision_named(precision)).embed_images(images, embedding).is_ok()) std::exit(1);
  for (const float x : std::span(embedding.data(), embedding.size())) fmt::print("{}\n", x);
}

}  // namespace
}  // namespace clipcluster

int main(int argc, char** argv) {
  if (const char* threads = std::getenv("CLIPCLUSTER_THREADS")) {
    clipcluster::set_thread_count(std::max(1, std::atoi(threads)));
  }
  if (argc == 3 && std::string(argv[1]) == "--write") {
    clipcluster::write_random_checkpoint(argv[2]);
    return 0;
  }
  if (argc == 3 && std::string(argv[1]) == "--embed") {
    clipcluster::print_embedding(argv[2]);
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
