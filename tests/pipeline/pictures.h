// Small JPEG files for the tests of the pipeline.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "clipcluster/images.h"
#include "clipcluster/random.h"
#include "support/support.h"

namespace clipcluster::testing {

// Kinds differ strongly in colour and pattern, numbers within a kind only in noise and shade.
inline Image test_picture(int kind, int number) {
  const CounterRandom random(static_cast<std::uint64_t>(kind * 1000 + number), "test picture");
  Image image{48 + number % 5, 40 + number % 3, {}};
  image.rgb.resize(static_cast<std::size_t>(image.width * image.height * 3));
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const int pattern = kind == 0   ? (x / 6 % 2) * 200
                          : kind == 1 ? (y / 6 % 2) * 200
                                      : ((x / 8 + y / 8) % 2) * 200;
      for (int c = 0; c < 3; ++c) {
        const auto at = static_cast<std::size_t>((y * image.width + x) * 3 + c);
        const int noise = static_cast<int>(random.below(24, at));
        image.rgb[at] =
            static_cast<std::uint8_t>(c == kind % 3 ? pattern + noise + number % 7 : 20 + noise);
      }
    }
  }
  return image;
}

inline void write_bytes(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  write_text_file(path, std::string(bytes.begin(), bytes.end()));
}

inline void write_picture(const std::string& path, int kind, int number) {
  const auto jpeg = encode_jpeg(test_picture(kind, number), 90);
  ASSERT_OK(jpeg);
  write_bytes(path, *jpeg);
}

inline std::string picture_name(int kind, int number) {
  return "kind" + std::to_string(kind) + "/" + std::to_string(100 + number) + ".jpg";
}

// `count` pictures of each of three kinds, each kind in a folder of its own.
inline void write_pictures(const std::string& folder, int count) {
  for (int kind = 0; kind < 3; ++kind) {
    for (int i = 0; i < count; ++i) write_picture(folder + "/" + picture_name(kind, i), kind, i);
  }
}

}  // namespace clipcluster::testing
