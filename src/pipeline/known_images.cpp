#include "pipeline/known_images.h"

#include <utility>

namespace clipcluster::internal {
namespace {

const std::string kNone;

}  // namespace

Result<KnownImages> KnownImages::read(const Project& project, bool thumbnails) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<ProjectContent> contents, project.contents());
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::vector<ProjectImage> images, project.all_images());
  KnownImages known;
  std::unordered_map<std::int64_t, const std::string*> hashes;
  for (const ProjectContent& content : contents) {
    hashes.emplace(content.id, &content.pixel_hash);
    const bool complete = content.embedding_row >= 0 && (!thumbnails || content.thumbnail_bytes > 0);
    if (complete) known.add_content(content.pixel_hash);
  }
  for (ProjectImage& image : images) {
    const auto content = hashes.find(image.content);
    const std::string& pixel_hash = content == hashes.end() ? kNone : *content->second;
    if (!pixel_hash.empty()) known.add_bytes(image.byte_hash, pixel_hash, image.format);
    known.files_.emplace(std::move(image.path), File{image.bytes, image.modified_ns, pixel_hash});
  }
  return known;
}

bool KnownImages::unchanged(const FoundFile& file) const {
  const auto known = files_.find(file.path);
  return known != files_.end() && known->second.bytes == file.bytes &&
         known->second.modified_ns == file.modified_ns && complete(known->second.pixel_hash);
}

bool KnownImages::had_answer(const std::string& path) const {
  const auto known = files_.find(path);
  return known != files_.end() && (known->second.pixel_hash.empty() || complete(known->second.pixel_hash));
}

const std::string& KnownImages::pixel_hash_of_bytes(const std::string& byte_hash) const {
  const auto known = bytes_.find(byte_hash);
  return known != bytes_.end() && complete(known->second.pixel_hash) ? known->second.pixel_hash : kNone;
}

const std::string& KnownImages::format_of_bytes(const std::string& byte_hash) const {
  const auto known = bytes_.find(byte_hash);
  return known != bytes_.end() ? known->second.format : kNone;
}

void KnownImages::add_bytes(const std::string& byte_hash, const std::string& pixel_hash,
                            const std::string& format) {
  bytes_.emplace(byte_hash, Bytes{pixel_hash, format});
}

}  // namespace clipcluster::internal
