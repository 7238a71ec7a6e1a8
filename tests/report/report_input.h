// Made-up projects for the tests of the page.
#pragma once

#include <cmath>
#include <string>

#include "clipcluster/images.h"
#include "clipcluster/random.h"
#include "clipcluster/report.h"

namespace clipcluster::testing {

// `images` images in `clusters` clusters around points on a circle, every tenth image noise.
inline ReportInput make_report_input_for_tests(std::size_t images, std::size_t clusters) {
  const CounterRandom random(1, "report test");
  ReportInput input;
  input.title = "Test";
  input.clusters.resize(clusters);
  for (std::size_t i = 0; i < images; ++i) {
    ReportImage image;
    image.path = "/pictures/" + std::to_string(i % 97) + "/image " + std::to_string(i) + ".jpg";
    const bool noise = clusters == 0 || i % 10 == 0;
    image.label = noise ? -1 : static_cast<std::int32_t>(i % clusters);
    image.probability = noise ? 0.0F : static_cast<float>(random.uniform(i, 0));
    image.outlier_score = static_cast<float>(random.uniform(i, 1));
    const double turn = noise ? 0.0 : 6.283 * image.label / static_cast<double>(clusters);
    image.x = static_cast<float>((noise ? 0.0 : 40.0 * std::cos(turn)) + random.normal(i, 2));
    image.y = static_cast<float>((noise ? 0.0 : 40.0 * std::sin(turn)) + random.normal(i, 3));
    const auto index = static_cast<std::uint32_t>(i);
    if (noise) {
      input.noise.push_back(index);
    } else {
      ReportCluster& cluster = input.clusters[static_cast<std::size_t>(image.label)];
      if (cluster.typical.size() < 12) cluster.typical.push_back(index);
      if (cluster.doubtful.size() < 6) cluster.doubtful.insert(cluster.doubtful.begin(), index);
    }
    input.images.push_back(std::move(image));
  }
  return input;
}

// A JPEG of one colour that depends on the image.
inline Result<std::vector<std::uint8_t>> colored_thumbnail(std::uint32_t image, int width, int height) {
  Image picture{width, height, {}};
  for (int i = 0; i < width * height; ++i) {
    picture.rgb.insert(picture.rgb.end(), {static_cast<std::uint8_t>(image * 53 % 256), 128,
                                           static_cast<std::uint8_t>(image * 17 % 256)});
  }
  return encode_jpeg(picture, 90);
}

}  // namespace clipcluster::testing
