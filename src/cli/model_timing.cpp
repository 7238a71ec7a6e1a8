#include "cli/model_timing.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/cache_folder.h"
#include "clip/engines/gemm_limit.h"
#include "clipcluster/random.h"

namespace clipcluster::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr double kLeastSeconds = 1.5;  // of each measurement, after its warm-up
constexpr std::size_t kLeastRuns = 5;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Seconds of each run of `work`; the first, which fills buffers, is left out.
template <class Work>
Result<std::vector<double>> time_runs(Work&& work) {
  CLIPCLUSTER_RETURN_IF_ERROR(work());
  std::vector<double> seconds;
  const auto begin = Clock::now();
  while (seconds.size() < kLeastRuns || since(begin) < kLeastSeconds) {
    const auto start = Clock::now();
    CLIPCLUSTER_RETURN_IF_ERROR(work());
    seconds.push_back(since(start));
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds;
}

double median(const std::vector<double>& sorted) { return sorted[sorted.size() / 2]; }

std::uint64_t resident_bytes() {
  malloc_trim(0);
  std::uint64_t pages = 0;
  std::uint64_t resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

// Asks the operating system to forget what it holds of the folder's files in memory.
void forget_files(const std::string& folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const int file = ::open(at->path().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) continue;
    fdatasync(file);  // pages that wait to be written cannot be forgotten
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
  }
}

std::vector<Image> random_images(std::size_t count, const PreprocessOptions& size) {
  const CounterRandom random(1, "model bench");
  std::vector<Image> images(count, Image{size.crop_width, size.crop_height, {}});
  for (std::size_t i = 0; i < count; ++i) {
    images[i].rgb.resize(static_cast<std::size_t>(size.crop_width) * size.crop_height * 3);
    for (std::size_t j = 0; j < images[i].rgb.size(); ++j) {
      images[i].rgb[j] = static_cast<std::uint8_t>(random.bits(i, j));
    }
  }
  return images;
}

Result<ClipModel> load(const TimingOptions& options, double& seconds) {
  const auto start = Clock::now();
  auto model = ClipModel::load(options.folder, {options.precision, !options.text, options.text});
  seconds = since(start);
  return model;
}

Status time_images(const ClipModel& model, const TimingOptions& options, ModelTiming& timing) {
  const auto images = random_images(options.batch, model.preprocess());
  MatrixF embeddings(images.size(), static_cast<std::size_t>(model.embedding_size()));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto batches,
                               time_runs([&] { return model.embed_images(images, embeddings); }));
  const MatrixView<float> one(embeddings.data(), 1, embeddings.cols());
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      const auto single, time_runs([&] { return model.embed_images(std::span(images).first(1), one); }));
  timing.images_per_second = static_cast<double>(options.batch) / median(batches);
  timing.image_seconds = median(single);
  const double limit = engines::gemm_rate(options.precision);
  if (limit > 0.0) timing.limit_share = timing.images_per_second * options.image_flops / limit;
  return {};
}

Status time_texts(const ClipModel& model, const TimingOptions& options, ModelTiming& timing) {
  const std::vector<std::string> texts(options.batch, "a photo of a small brown dog in the garden");
  const auto embed = [&](std::size_t count) -> Status {
    return model.embed_texts(std::span(texts).first(count)).status();
  };
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto batches, time_runs([&] { return embed(texts.size()); }));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto single, time_runs([&] { return embed(1); }));
  timing.texts_per_second = static_cast<double>(options.batch) / median(batches);
  timing.text_seconds = median(single);
  return {};
}

}  // namespace

Result<ModelTiming> time_model(const TimingOptions& options) {
  ModelTiming timing;
  timing.precision = options.precision;
  double seconds = 0.0;
  // Packs the weights if this is the model's first start, which is neither of the two times.
  CLIPCLUSTER_RETURN_IF_ERROR(load(options, seconds).status());
  forget_files(options.folder);
  if (const auto cache = internal::cache_home(); cache.is_ok()) forget_files(*cache + "/packed");
  CLIPCLUSTER_RETURN_IF_ERROR(load(options, timing.cold_load_seconds).status());
  const std::uint64_t before = resident_bytes();
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ClipModel model, load(options, timing.warm_load_seconds));
  CLIPCLUSTER_RETURN_IF_ERROR(options.text ? time_texts(model, options, timing)
                                           : time_images(model, options, timing));
  const std::uint64_t after = resident_bytes();
  timing.bytes = after > before ? after - before : 0;
  return timing;
}

}  // namespace clipcluster::cli
