#include "pipeline/slice_images.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "pipeline/model.h"
#include "pipeline/options_json.h"

namespace clipcluster::internal {
namespace {

constexpr std::size_t kImagesPerCheckpoint = 4096;
constexpr std::size_t kContentsPerCheckpoint = 1024;  // with their thumbnails, a few tens of MB

bool is_chosen(const ProjectPoint& point, const SliceOrigin& origin) {
  if (point.label < 0) return origin.noise;
  return std::binary_search(origin.clusters.begin(), origin.clusters.end(), point.label);
}

// Same model, same precision: for vectors, the same matrix.
Status take_space(const EmbeddingSpace& wanted, Project& slice) {
  if (!slice.space() || !same_space(*slice.space(), wanted)) return slice.start_space(wanted);
  return slice.space()->model_folder == wanted.model_folder ? Status()
                                                            : slice.set_model_folder(wanted.model_folder);
}

using HashOfContent = std::unordered_map<std::int64_t, std::string>;

HashOfContent hash_of_content(const std::vector<ProjectContent>& contents) {
  HashOfContent hashes;
  for (const ProjectContent& content : contents) hashes.emplace(content.id, content.pixel_hash);
  return hashes;
}

Result<bool> has_these_rows(const Project& slice, const SliceImages& wanted) {
  if (!slice.space()) return false;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<ProjectImage> images, slice.images());
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<ProjectContent> contents, slice.contents());
  const HashOfContent here = hash_of_content(contents);
  const HashOfContent there = hash_of_content(wanted.contents);
  return std::equal(images.begin(), images.end(), wanted.images.begin(), wanted.images.end(),
                    [&](const ProjectImage& a, const ProjectImage& b) {
                      const auto hash = here.find(a.content);
                      return a.path == b.path && hash != here.end() && hash->second == there.at(b.content);
                    });
}

// Contents that the slice has with an embedding, and a thumbnail where the parent has one.
Result<std::vector<ProjectContent>> missing_contents(const Project& slice, const SliceImages& wanted) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<ProjectContent> contents, slice.contents());
  std::unordered_map<std::string, const ProjectContent*> there;
  for (const ProjectContent& content : contents) there.emplace(content.pixel_hash, &content);
  std::vector<ProjectContent> missing;
  for (const ProjectContent& content : wanted.contents) {
    const auto found = there.find(content.pixel_hash);
    const bool complete = found != there.end() && found->second->embedding_row >= 0 &&
                          (found->second->thumbnail_bytes > 0 || content.thumbnail_bytes == 0);
    if (!complete) missing.push_back(content);
  }
  return missing;
}

Status copy_contents(const Project& parent, std::span<const ProjectContent> contents, Project& slice) {
  std::vector<std::int64_t> rows;
  for (const ProjectContent& content : contents) rows.push_back(content.embedding_row);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const SharedMatrix<float> embeddings, parent.embedding_rows(rows));
  std::vector<std::vector<std::uint8_t>> thumbnails(contents.size());
  std::vector<CheckpointContent> copies;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    CheckpointContent copy;
    copy.content.pixel_hash = contents[i].pixel_hash;
    copy.content.width = contents[i].width;
    copy.content.height = contents[i].height;
    copy.embedding = embeddings.view().row_span(i);
    if (contents[i].thumbnail_bytes > 0) {
      CLIPCLUSTER_ASSIGN_OR_RETURN(thumbnails[i], parent.thumbnail(contents[i]));
      copy.thumbnail = thumbnails[i];
    }
    copies.push_back(copy);
  }
  return slice.checkpoint(copies, {});
}

Status copy_files(const SliceImages& wanted, Project& slice) {
  const HashOfContent hashes = hash_of_content(wanted.contents);
  for (std::size_t first = 0; first < wanted.images.size(); first += kImagesPerCheckpoint) {
    const std::size_t last = std::min(wanted.images.size(), first + kImagesPerCheckpoint);
    std::vector<CheckpointImage> copies;
    for (std::size_t i = first; i < last; ++i)
      copies.push_back({wanted.images[i], hashes.at(wanted.images[i].content)});
    CLIPCLUSTER_RETURN_IF_ERROR(slice.checkpoint({}, copies));
  }
  return {};
}

Status copy_setting(const Project& parent, const char* name, Project& slice) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> value, parent.setting(name));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> former, slice.setting(name));
  return value.value_or("") == former.value_or("") ? Status() : slice.set_setting(name, value.value_or(""));
}

// The groups' own form (docs/project-format.md), without those that reach outside of the slice.
Status copy_near_duplicates(const Project& parent, const SliceImages& images, Project& slice) {
  constexpr const char* kSetting = "near duplicates";
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> text, parent.setting(kSetting));
  if (!text || text->empty()) return copy_setting(parent, kSetting, slice);
  auto json = parse(*text);
  const std::unordered_set<std::string> inside = images.hashes();
  auto kept = nlohmann::ordered_json::array();
  for (const auto& copy : json.value("copies", nlohmann::ordered_json::array())) {
    const bool is_pair = copy.is_array() && copy.size() >= 2 && copy[0].is_string() && copy[1].is_string();
    if (is_pair && inside.contains(copy[0].get<std::string>()) &&
        inside.contains(copy[1].get<std::string>()))
      kept.push_back(copy);
  }
  json["copies"] = std::move(kept);
  // It is the parent's search; the slice's own `dedup` searches anew.
  json["key"] = "";
  return slice.set_setting(kSetting, dump(json));
}

}  // namespace

std::unordered_set<std::string> SliceImages::hashes() const {
  std::unordered_set<std::string> all;
  for (const ProjectContent& content : contents) all.insert(content.pixel_hash);
  return all;
}

Result<SliceImages> images_of_clusters(const FittedProject& parent, const SliceOrigin& origin) {
  std::unordered_set<std::string> wanted;
  std::unordered_set<std::int64_t> points;
  for (std::size_t i = 0; i < parent.points.size(); ++i) {
    if (!is_chosen(parent.fit.points[i], origin)) continue;
    wanted.insert(parent.points[i].content.pixel_hash);
    wanted.insert(parent.points[i].copy_pixel_hashes.begin(), parent.points[i].copy_pixel_hashes.end());
    points.insert(parent.points[i].content.id);
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<ProjectContent> contents, parent.project->contents());
  std::unordered_map<std::int64_t, const ProjectContent*> chosen;
  for (const ProjectContent& content : contents) {
    if (content.embedding_row >= 0 && wanted.contains(content.pixel_hash))
      chosen.emplace(content.id, &content);
  }
  SliceImages slice;
  std::unordered_set<std::int64_t> seen;
  for (const ProjectImage& image : parent.images) {
    const auto content = image.skipped() ? chosen.end() : chosen.find(image.content);
    if (content == chosen.end()) continue;
    slice.images.push_back(image);
    if (!seen.insert(image.content).second) continue;
    slice.contents.push_back(*content->second);
    slice.points += points.contains(image.content) ? 1U : 0U;
  }
  return slice;
}

Status copy_images(const Project& parent, const SliceImages& images, Project& slice, Progress& progress) {
  if (parent.kind() == ProjectKind::vectors) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const bool same, has_these_rows(slice, images));
    if (!same) {
      CLIPCLUSTER_RETURN_IF_ERROR(slice.clear());
      CLIPCLUSTER_RETURN_IF_ERROR(slice.start_space(*parent.space()));
    }
  }
  CLIPCLUSTER_RETURN_IF_ERROR(take_space(*parent.space(), slice));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<ProjectContent> missing, missing_contents(slice, images));
  const std::span<const ProjectContent> todo = missing;
  for (std::size_t first = 0; first < todo.size(); first += kContentsPerCheckpoint) {
    progress.report({"copying", first, todo.size(), "images", 0});
    if (progress.cancelled()) return Status::cancelled();
    const std::size_t count = std::min(kContentsPerCheckpoint, todo.size() - first);
    CLIPCLUSTER_RETURN_IF_ERROR(copy_contents(parent, todo.subspan(first, count), slice));
  }
  CLIPCLUSTER_RETURN_IF_ERROR(copy_files(images, slice));
  progress.report({"copying", todo.size(), todo.size(), "images", 0});
  std::vector<std::string> paths;
  for (const ProjectImage& image : images.images) paths.push_back(image.path);
  return slice.set_present(paths);
}

Status copy_settings(const Project& parent, const SliceImages& images, Project& slice) {
  for (const char* name : {"fast_decode_side", "model_files", "metadata"}) {
    CLIPCLUSTER_RETURN_IF_ERROR(copy_setting(parent, name, slice));
  }
  return copy_near_duplicates(parent, images, slice);
}

}  // namespace clipcluster::internal
