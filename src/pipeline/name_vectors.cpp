#include "pipeline/name_vectors.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "clipcluster/array_files.h"
#include "clipcluster/clip.h"
#include "clipcluster/images.h"
#include "clipcluster/naming.h"
#include "pipeline/text_model.h"

namespace clipcluster::internal {
namespace {

namespace fs = std::filesystem;

// Enough for all threads; between two batches a person may interrupt.
constexpr std::size_t kNamesPerBatch = 128;

// Only projects whose embeddings say which model made them have a key that can be trusted.
std::string cache_file(const Project& project, const std::vector<std::string>& names,
                       const std::vector<std::string>& templates, const std::string& folder) {
  if (folder.empty() || project.kind() == ProjectKind::vectors) return "";
  std::string key = "vectors of names 1\n" + project.space()->fingerprint + '\n' +
                    project.space()->precision + '\n' + std::to_string(templates.size()) + '\n';
  for (const std::string& text : templates) key += text + '\n';
  for (const std::string& name : names) key += name + '\n';
  return folder + "/" + hash_bytes({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}) +
         ".npy";
}

std::optional<SharedMatrix<float>> cached(const std::string& file, std::size_t rows, std::size_t cols) {
  std::error_code ignored;
  if (file.empty() || !fs::exists(file, ignored)) return std::nullopt;
  Result<SharedMatrix<float>> vectors = read_npy<float>(file);
  if (!vectors.is_ok() || vectors->rows() != rows || vectors->cols() != cols) return std::nullopt;
  return std::move(vectors).value();
}

void keep(const std::string& file, const MatrixF& vectors) {
  if (file.empty()) return;
  std::error_code ignored;
  fs::create_directories(fs::path(file).parent_path(), ignored);
  const Status written = write_npy(file, vectors.view());
  static_cast<void>(written.is_ok());  // next time costs as much as this time: no reason to stop
}

}  // namespace

Result<NameVectors> name_vectors(const Project& project, const std::string& model_folder,
                                 const std::vector<std::string>& names,
                                 const std::vector<std::string>& templates, const std::string& cache_folder,
                                 Progress& progress) {
  const auto size = static_cast<std::size_t>(project.space()->size);
  const std::string file = cache_file(project, names, templates, cache_folder);
  if (auto known = cached(file, names.size(), size)) return NameVectors{std::move(*known), 0};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ClipModel model, load_text_tower(project, model_folder));
  MatrixF vectors(names.size(), size);
  for (std::size_t first = 0; first < names.size(); first += kNamesPerBatch) {
    progress.report({"embedding names", first, names.size(), "names"});
    if (progress.cancelled()) return Status::cancelled();
    const std::size_t last = std::min(names.size(), first + kNamesPerBatch);
    std::vector<std::string> prompts;
    for (std::size_t i = first; i < last; ++i) {
      for (const std::string& text : templates) prompts.push_back(fill_prompt(text, names[i]));
    }
    CLIPCLUSTER_ASSIGN_OR_RETURN(const MatrixF embedded, model.embed_texts(prompts));
    const MatrixF means = average_prompts(embedded, templates.size());
    std::copy(means.data(), means.data() + means.size(), vectors.row(first));
  }
  progress.report({"embedding names", names.size(), names.size(), "names"});
  keep(file, vectors);
  return NameVectors{std::move(vectors), names.size() * templates.size()};
}

}  // namespace clipcluster::internal
