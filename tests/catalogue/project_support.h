// Small projects for the tests of the project folder.
#pragma once

#include <string>
#include <vector>

#include "clipcluster/project.h"
#include "support/support.h"

namespace clipcluster::testing {

inline EmbeddingSpace test_space(const std::string& fingerprint = "0123456789abcdef0123456789abcdef") {
  return {"/models/some", fingerprint, "f32", 4};
}

inline std::vector<float> test_embedding(int number) {
  const auto value = static_cast<float>(number);
  return {value, value + 0.25F, value + 0.5F, value + 0.75F};
}

// Checkpoints the images first..last-1, each with pixels, an embedding and a thumbnail of its own.
inline Status add_images(Project& project, int first, int last) {
  std::vector<std::vector<float>> embeddings;
  std::vector<std::vector<std::uint8_t>> thumbnails;
  for (int i = first; i < last; ++i) {
    embeddings.push_back(test_embedding(i));
    thumbnails.push_back(
        std::vector<std::uint8_t>(static_cast<std::size_t>(10 + i), static_cast<std::uint8_t>(i)));
  }
  std::vector<CheckpointContent> contents;
  std::vector<CheckpointImage> images;
  for (int i = first; i < last; ++i) {
    const auto at = static_cast<std::size_t>(i - first);
    CheckpointContent content;
    content.content.pixel_hash = "pixels" + std::to_string(i);
    content.content.width = 100 + i;
    content.content.height = 50;
    content.embedding = embeddings[at];
    content.thumbnail = thumbnails[at];
    contents.push_back(content);
    CheckpointImage image;
    image.image.path = "/pictures/" + std::to_string(100000 + i) + ".jpg";
    image.image.bytes = 1000;
    image.image.modified_ns = 5;
    image.image.byte_hash = "bytes" + std::to_string(i);
    image.image.format = "jpeg";
    image.pixel_hash = content.content.pixel_hash;
    images.push_back(image);
  }
  return project.checkpoint(contents, images);
}

inline std::vector<std::int64_t> content_ids(const Project& project) {
  std::vector<std::int64_t> ids;
  const auto contents = project.contents();
  if (!contents.is_ok()) return ids;
  for (const ProjectContent& content : contents.value()) ids.push_back(content.id);
  return ids;
}

// A fit of all contents: label i % 2, noise for every fifth.
inline Status store_test_fit(Project& project, const std::string& key) {
  ProjectFit fit;
  fit.key = key;
  fit.options = R"({"n_neighbors":15})";
  fit.figures = "{}";
  for (const std::int64_t id : content_ids(project)) {
    const auto number = static_cast<std::int32_t>(fit.points.size());
    fit.points.push_back({id, number % 5 == 4 ? -1 : number % 2, 0.5, 0.25, false});
  }
  fit.clusters = {{3, 0.5, ""}, {2, 0.25, ""}};
  ProjectFitArrays arrays;
  arrays.coordinates = MatrixF(fit.points.size(), 5);
  arrays.map = MatrixF(fit.points.size(), 2);
  NamedArrays hdbscan("hdbscan", 1);
  hdbscan.add("labels", std::vector<std::int32_t>{1, 2, 3});
  arrays.hdbscan = hdbscan;
  return project.store_fit(fit, arrays);
}

inline Result<Project> write_project(const std::string& folder) {
  return Project::open_for_writing(folder, ProjectKind::images);
}

}  // namespace clipcluster::testing
