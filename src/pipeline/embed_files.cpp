// Files to embeddings in memory.
#include <algorithm>
#include <chrono>
#include <utility>

#include "clipcluster/pipeline.h"
#include "pipeline/image_stream.h"
#include "pipeline/model.h"

namespace clipcluster {
namespace {

internal::StreamOptions stream_options(const EmbedOptions& options, const ClipModel& model) {
  internal::StreamOptions stream;
  stream.load.decode = options.decode;
  if (options.fast_decode.value_or(false)) {
    stream.load.decode.fast_decode_side = model.preprocess().shortest_edge;
  }
  stream.load.preprocess = model.preprocess();
  stream.load.hashes = false;
  return stream;
}

// Rows of `all` and the rest of `result`, file by file.
class Rows {
 public:
  Rows(EmbeddedFiles& result, MatrixF& all) : result_(result), all_(all) {}

  void add(const std::string& path, const internal::StreamedImage& image) {
    result_.bytes_read += image.loaded.bytes;
    if (const auto& failure = image.loaded.failure) {
      result_.skipped.push_back({path, failure->reason, failure->message});
      return;
    }
    std::copy(image.content->embedding.begin(), image.content->embedding.end(),
              all_.row(result_.paths.size()));
    result_.paths.push_back(path);
  }

 private:
  EmbeddedFiles& result_;
  MatrixF& all_;
};

}  // namespace

Result<EmbeddedFiles> embed_files(const EmbedOptions& options, Progress& progress) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(FindResult found, find_images(options.inputs, options.find, progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ClipModel model,
                               internal::load_image_tower(options.model_folder, options.precision));
  EmbeddedFiles result;
  result.skipped = std::move(found.skipped);
  result.other_files = found.other_files;
  result.space = internal::space_of(model);

  std::vector<std::string> paths;
  paths.reserve(found.files.size());
  for (FoundFile& file : found.files) paths.push_back(std::move(file.path));
  MatrixF all(paths.size(), static_cast<std::size_t>(model.embedding_size()));
  Rows rows(result, all);
  const auto begin = std::chrono::steady_clock::now();
  const auto take = [&](std::size_t first, std::span<internal::StreamedImage> images) -> Status {
    for (std::size_t i = 0; i < images.size(); ++i) rows.add(paths[first + i], images[i]);
    progress.report({"embedding", first + images.size(), paths.size(), "images", result.bytes_read});
    return {};
  };
  progress.report({"embedding", 0, paths.size(), "images", 0});
  const internal::StreamOptions stream = stream_options(options, model);
  CLIPCLUSTER_RETURN_IF_ERROR(internal::ImageStream(paths, &model, stream, take).run(progress));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  result.seconds = taken.count();
  result.embeddings = result.paths.size() == paths.size()
                          ? std::move(all)
                          : MatrixF::copy_of(all.view().rows_between(0, result.paths.size()));
  return result;
}

}  // namespace clipcluster
