// About 2,100 broken, odd and hostile files: nothing may crash, hang, leak or take more than 1.5 GB, and
// each file is used or has a reason. (Leaks: this runs under AddressSanitizer too.)
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "clipcluster/images.h"
#include "clipcluster/parallel.h"
#include "support/support.h"

namespace clipcluster {
namespace {

std::string outcome_of(const std::string& path, const DecodeOptions& options) {
  const auto read = read_image_file(path);
  if (const auto* failure = std::get_if<DecodeFailure>(&read)) {
    return std::string(skip_reason_name(failure->reason)) + " " + failure->message;
  }
  const DecodeResult result = decode_image(std::get<std::vector<std::uint8_t>>(read), options);
  if (const auto* failure = std::get_if<DecodeFailure>(&result)) {
    EXPECT_FALSE(failure->message.empty()) << path;
    return std::string(skip_reason_name(failure->reason)) + " " + failure->message;
  }
  const DecodedImage& decoded = std::get<DecodedImage>(result);
  EXPECT_EQ(decoded.image.rgb.size(), std::size_t{3} * decoded.image.width * decoded.image.height) << path;
  const Image pixels = resize_and_crop(decoded.image, {});
  EXPECT_EQ(pixels.rgb.size(), std::size_t{3} * 224 * 224) << path;
  return "used " + decoded.format + " " + hash_pixels(decoded.image);
}

std::vector<std::string> outcomes_of(const std::vector<FoundFile>& files,
                                     const DecodeOptions& options = {}) {
  std::vector<std::string> outcomes(files.size());
  parallel_for(files.size(), 8, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) outcomes[i] = outcome_of(files[i].path, options);
  });
  return outcomes;
}

std::map<std::string, int> count_first_words(const std::vector<std::string>& outcomes) {
  std::map<std::string, int> counts;
  for (const std::string& outcome : outcomes) ++counts[outcome.substr(0, outcome.find(' '))];
  return counts;
}

// Only JPEGs are decoded otherwise, and of those the same ones are used.
void check_fast_decode(const std::vector<FoundFile>& files, const std::vector<std::string>& whole) {
  std::vector<FoundFile> jpegs;
  std::vector<std::string> jpegs_whole;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (whole[i].find("JPEG") == std::string::npos && !whole[i].starts_with("used jpeg")) continue;
    jpegs.push_back(files[i]);
    jpegs_whole.push_back(whole[i]);
  }
  DecodeOptions options;
  options.fast_decode_side = 4;
  EXPECT_EQ(count_first_words(outcomes_of(jpegs, options)), count_first_words(jpegs_whole));
}

// Everything, also the files that are no images: decode_image must stand those too.
TEST(NastyFiles, EachIsUsedOrHasAReason) {
  CLIPCLUSTER_REQUIRE_SHARED();
  const std::vector<std::string> inputs = {testing::shared_folder() + "/data/nasty"};
  const auto found = find_images(inputs, {});
  ASSERT_OK(found);
  set_thread_count(1);
  const std::vector<std::string> alone = outcomes_of(found->files);
  set_thread_count(4);
  EXPECT_EQ(outcomes_of(found->files), alone);
  set_thread_count(0);

  std::map<std::string, int> counts = count_first_words(alone);
  for (const SkippedFile& skipped : found->skipped) ++counts[skip_reason_name(skipped.reason)];
  if (const char* log = std::getenv("CLIPCLUSTER_NASTY_LOG")) {
    std::FILE* file = std::fopen(log, "w");
    for (std::size_t i = 0; i < alone.size(); ++i) {
      std::fprintf(file, "%s\t%s\n", found->files[i].path.c_str(), alone[i].c_str());
    }
    std::fclose(file);
  }
  // With Debian 12's decoders. A security update of one of them may move a file from one reason to
  // another; look at the file (CLIPCLUSTER_NASTY_LOG=FILE lists them) before changing a number.
  const std::map<std::string, int> expected = {{"used", 1752},    {"unsupported_format", 216},
                                               {"truncated", 77}, {"not_an_image", 58},
                                               {"corrupt", 51},   {"too_large", 9},
                                               {"empty", 4}};
  EXPECT_EQ(counts, expected);
  check_fast_decode(found->files, alone);

  // Formats that Pillow cannot write for the other tests are decoded at least here.
  for (const std::string format : {"heif", "avif", "jxl"}) {
    const bool used = std::any_of(alone.begin(), alone.end(), [&](const std::string& outcome) {
      return outcome.starts_with("used " + format);
    });
    EXPECT_TRUE(used) << format;
  }

  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  EXPECT_LT(usage.ru_maxrss, 1'500'000) << "kilobytes";
}

}  // namespace
}  // namespace clipcluster
