// Vectors from packed layers of an earlier start are the same bits, whatever happened to the file since.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "clip/model_cache.h"
#include "clip/random_checkpoint.h"
#include "clipcluster/clip.h"
#include "clipcluster/cpu.h"
#include "support/support.h"

namespace clipcluster {
namespace {

namespace fs = std::filesystem;
using testing::read_text_file;
using testing::TemporaryFolder;
using testing::write_text_file;

class PackedModels : public ::testing::Test {
 protected:
  void SetUp() override {
    auto tensors = testing::random_tensors({}, 3);
    testing::write_checkpoint(folder_.file("model"), {}, tensors);
    ::setenv("XDG_CACHE_HOME", folder_.file("cache").c_str(), 1);
    clip::set_smallest_cached_bytes(0);
  }
  void TearDown() override {
    ::unsetenv("XDG_CACHE_HOME");
    ::unsetenv("CLIPCLUSTER_CACHE");
    clip::set_smallest_cached_bytes(32'000'000);
  }

  struct Vectors {
    std::string bytes;  // of an image's and a text's
    std::string problem;
  };
  Vectors load_and_embed(Precision precision) const {
    const auto model = ClipModel::load(folder_.file("model"), {precision});
    EXPECT_OK(model);
    std::vector<Image> images(1, Image{32, 32, std::vector<std::uint8_t>(32 * 32 * 3)});
    for (std::size_t i = 0; i < images[0].rgb.size(); ++i)
      images[0].rgb[i] = static_cast<std::uint8_t>(i * 37);
    MatrixF image(1, 20);
    EXPECT_OK(model->embed_images(images, image));
    const std::vector<std::string> texts = {"two dogs"};
    const auto text = model->embed_texts(texts);
    EXPECT_OK(text);
    Vectors vectors;
    for (const MatrixF* matrix : {static_cast<const MatrixF*>(&image), &*text}) {
      vectors.bytes.append(reinterpret_cast<const char*>(matrix->data()), matrix->size() * sizeof(float));
    }
    vectors.problem = model->cache_problem();
    return vectors;
  }
  Vectors without_cache(Precision precision) const {
    ::setenv("CLIPCLUSTER_CACHE", "off", 1);
    const Vectors vectors = load_and_embed(precision);
    ::unsetenv("CLIPCLUSTER_CACHE");
    return vectors;
  }
  std::string cache() const { return folder_.file("cache/clipcluster/packed"); }
  std::vector<std::string> packed_files() const {
    std::vector<std::string> paths;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(cache(), none)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
  }
  // Engines that pack nothing have nothing to keep.
  static bool packs() { return instruction_set() >= InstructionSet::avx2; }
  TemporaryFolder folder_;
};

TEST_F(PackedModels, GiveTheSameBitsAtEachPrecision) {
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    const std::string expected = without_cache(precision).bytes;
    EXPECT_EQ(load_and_embed(precision).bytes, expected) << precision_name(precision);
    EXPECT_EQ(load_and_embed(precision).bytes, expected) << precision_name(precision);
  }
  if (packs()) {
    EXPECT_GE(packed_files().size(), 4U);
  }
  for (const Precision precision : {Precision::int8, Precision::bf16, Precision::f32}) {
    EXPECT_EQ(load_and_embed(precision).bytes, without_cache(precision).bytes);
  }
}

TEST_F(PackedModels, SwitchedOffNothingIsWritten) {
  without_cache(Precision::f32);
  EXPECT_FALSE(fs::exists(folder_.file("cache")));
}

TEST_F(PackedModels, DamagedFilesAreReplaced) {
  const std::string expected = load_and_embed(Precision::int8).bytes;
  for (const std::string& path : packed_files()) {
    const std::string whole = read_text_file(path);
    for (std::size_t i = 0; i < whole.size(); i += i < 64 ? 5 : whole.size() / 23) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ 4);
      write_text_file(path, damaged);
      ASSERT_EQ(load_and_embed(Precision::int8).bytes, expected) << i;
    }
    for (const std::size_t length : {std::size_t{0}, std::size_t{30}, std::size_t{64}, whole.size() / 2}) {
      write_text_file(path, whole.substr(0, length));
      ASSERT_EQ(load_and_embed(Precision::int8).bytes, expected) << length;
      EXPECT_EQ(read_text_file(path), whole) << length;
    }
    write_text_file(path, whole + "x");
    ASSERT_EQ(load_and_embed(Precision::int8).bytes, expected);
    EXPECT_EQ(read_text_file(path), whole);
  }
}

TEST_F(PackedModels, AFileOfAnotherModelOrVersionUnderTheNameIsNotUsed) {
  load_and_embed(Precision::int8);
  const auto files = packed_files();
  ASSERT_GE(files.size(), 2U);
  const std::string own = read_text_file(files[0]);
  write_text_file(files[0], read_text_file(files[1]));
  EXPECT_EQ(load_and_embed(Precision::int8).bytes, without_cache(Precision::int8).bytes);
  EXPECT_EQ(read_text_file(files[0]), own);
  std::string newer = own;
  newer[8] = 9;
  write_text_file(files[0], newer);
  EXPECT_EQ(load_and_embed(Precision::int8).bytes, without_cache(Precision::int8).bytes);
  EXPECT_EQ(read_text_file(files[0]), own);
}

TEST_F(PackedModels, AChangedModelDoesNotGetTheFormerLayers) {
  const std::string before = load_and_embed(Precision::int8).bytes;
  auto tensors = testing::random_tensors({}, 4);
  testing::write_checkpoint(folder_.file("model"), {}, tensors);
  const std::string after = load_and_embed(Precision::int8).bytes;
  EXPECT_NE(after, before);
  EXPECT_EQ(after, without_cache(Precision::int8).bytes);
}

TEST_F(PackedModels, AnUnusableCacheIsASentenceAndNothingElse) {
  write_text_file(folder_.file("cache"), "a file where a folder should be");
  const Vectors vectors = load_and_embed(Precision::int8);
  EXPECT_EQ(vectors.bytes, without_cache(Precision::int8).bytes);
  EXPECT_NE(vectors.problem.find(folder_.file("cache")), std::string::npos) << vectors.problem;
}

TEST_F(PackedModels, SeveralStartsAtOnce) {
  const std::string expected = without_cache(Precision::int8).bytes;
  std::vector<std::string> found(4);
  std::vector<std::thread> starts;
  for (std::string& bytes : found) {
    starts.emplace_back([&bytes, this] { bytes = load_and_embed(Precision::int8).bytes; });
  }
  for (std::thread& start : starts) start.join();
  for (const std::string& bytes : found) EXPECT_EQ(bytes, expected);
  EXPECT_EQ(packed_files().size(), 2U);
}

}  // namespace
}  // namespace clipcluster
