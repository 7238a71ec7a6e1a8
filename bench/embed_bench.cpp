// Files to vectors beside what bounds it: the engine alone, decoding alone, and their sum over the cores.
//
//   embed_bench MODEL FOLDER [f32|bf16|int8] [rounds]      CLIPCLUSTER_THREADS=N limits the threads
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "clipcluster/parallel.h"
#include "clipcluster/pipeline.h"
#include "pipeline/image_stream.h"
#include "pipeline/model.h"

namespace clipcluster {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Rates {  // images a second
  std::vector<double> engine, decode, pipeline, limit, share;
};

class Bench {
 public:
  Bench(ClipModel model, std::vector<std::string> paths)
      : model_(std::move(model)), paths_(std::move(paths)) {
    options_.load.preprocess = model_.preprocess();
    options_.load.hashes = false;
  }

  void round(Rates& rates) {
    const double count = static_cast<double>(paths_.size());
    const double decode = count / decode_all();
    const double engine = static_cast<double>(crops_.size()) / embed_all();
    const double pipeline = count / stream_all();
    rates.decode.push_back(decode);
    rates.engine.push_back(engine);
    rates.pipeline.push_back(pipeline);
    rates.limit.push_back(1 / (1 / decode + 1 / engine));
    rates.share.push_back(pipeline / rates.limit.back());
  }

 private:
  double decode_all() {
    std::vector<internal::LoadedImage> loaded(paths_.size());
    const auto begin = Clock::now();
    parallel_for(paths_.size(), 1, [&](std::size_t i, std::size_t) {
      loaded[i] = internal::load_image(read_image_file(paths_[i]), options_.load);
    });
    const double taken = seconds_since(begin);
    crops_.clear();
    for (internal::LoadedImage& image : loaded) {
      if (!image.failure) crops_.push_back(std::move(image.crop));
    }
    return taken;
  }

  double embed_all() {
    MatrixF embeddings(crops_.size(), static_cast<std::size_t>(model_.embedding_size()));
    const auto begin = Clock::now();
    for (std::size_t first = 0; first < crops_.size(); first += kBatch) {
      const std::size_t last = std::min(crops_.size(), first + kBatch);
      const Status status = model_.embed_images(std::span(crops_).subspan(first, last - first),
                                                embeddings.view().rows_between(first, last));
      if (!status.is_ok()) std::exit(1);
    }
    return seconds_since(begin);
  }

  double stream_all() {
    const auto take = [](std::size_t, std::span<internal::StreamedImage>) { return Status(); };
    const auto begin = Clock::now();
    if (!internal::ImageStream(paths_, &model_, options_, take).run(Progress::none()).is_ok()) std::exit(1);
    return seconds_since(begin);
  }

  static constexpr std::size_t kBatch = 16;
  ClipModel model_;
  std::vector<std::string> paths_;
  internal::StreamOptions options_;
  std::vector<Image> crops_;
};

int run(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "embed_bench MODEL FOLDER [f32|bf16|int8] [rounds]\n");
    return 2;
  }
  if (const char* threads = std::getenv("CLIPCLUSTER_THREADS"))
    set_thread_count(std::max(1, std::atoi(threads)));
  const std::vector<std::string> inputs = {argv[2]};
  auto found = find_images(inputs, {});
  const Precision precision = precision_named(argc > 3 ? argv[3] : "bf16");
  auto model = internal::load_image_tower(argv[1], precision);
  if (!found.is_ok() || !model.is_ok()) {
    fmt::print(stderr, "{}\n", (found.is_ok() ? model.status() : found.status()).message());
    return 1;
  }
  std::vector<std::string> paths;
  for (const FoundFile& file : found->files) paths.push_back(file.path);
  Bench bench(std::move(model).value(), std::move(paths));
  Rates rates;
  const int rounds = argc > 4 ? std::atoi(argv[4]) : 3;
  for (int i = 0; i < rounds; ++i) bench.round(rates);
  fmt::print(
      "{} files, {} threads: engine {:.1f}, decoding {:.1f}, limit {:.1f}, pipeline {:.1f} images/s: "
      "{:.1f} % of the limit, {:.1f} % of the engine\n",
      found->files.size(), thread_count(), median(rates.engine), median(rates.decode), median(rates.limit),
      median(rates.pipeline), 100 * median(rates.share),
      100 * median(rates.pipeline) / median(rates.engine));
  return 0;
}

}  // namespace
}  // namespace clipcluster

int main(int argc, char** argv) { return clipcluster::run(argc, argv); }
