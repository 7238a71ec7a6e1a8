// Files to embeddings in memory.
#include <algorithm>
#include <cstring>
#include <utility>

#include "clipcluster/pipeline.h"
#include "pipeline/image_loader.h"
#include "pipeline/model.h"

namespace clipcluster {
namespace {

struct Batch {
  std::vector<Image> crops;
  std::vector<std::size_t> files;  // index of each crop's file
};

Batch usable_images(std::vector<internal::LoadedImage> loaded, std::span<const FoundFile> files,
                    std::size_t first, std::vector<SkippedFile>& skipped) {
  Batch batch;
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    if (loaded[i].failure) {
      skipped.push_back({files[first + i].path, loaded[i].failure->reason, loaded[i].failure->message});
    } else {
      batch.crops.push_back(std::move(loaded[i].crop));
      batch.files.push_back(first + i);
    }
  }
  return batch;
}

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
  for (const FoundFile& file : found.files) paths.push_back(file.path);
  internal::LoadOptions load;
  load.decode = options.decode;
  load.preprocess = model.preprocess();
  load.hashes = false;

  const auto size = static_cast<std::size_t>(model.embedding_size());
  MatrixF all(paths.size(), size);
  std::uint64_t bytes = 0;
  const std::size_t step = internal::batch_size();
  for (std::size_t first = 0; first < paths.size(); first += step) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"embedding", first, paths.size(), "images", bytes});
    const std::size_t last = std::min(paths.size(), first + step);
    internal::read_ahead(std::span(paths).subspan(last, std::min(step, paths.size() - last)));
    auto loaded = internal::load_images(std::span(paths).subspan(first, last - first), load);
    for (const auto& image : loaded) bytes += image.bytes;
    const Batch batch = usable_images(std::move(loaded), found.files, first, result.skipped);
    const std::size_t row = result.paths.size();
    CLIPCLUSTER_RETURN_IF_ERROR(
        model.embed_images(batch.crops, all.view().rows_between(row, row + batch.crops.size())));
    for (const std::size_t file : batch.files) result.paths.push_back(paths[file]);
  }
  progress.report({"embedding", paths.size(), paths.size(), "images", bytes});
  result.embeddings = result.paths.size() == paths.size()
                          ? std::move(all)
                          : MatrixF::copy_of(all.view().rows_between(0, result.paths.size()));
  return result;
}

}  // namespace clipcluster
