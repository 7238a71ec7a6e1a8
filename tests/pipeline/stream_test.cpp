#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "clipcluster/parallel.h"
#include "pipeline/image_stream.h"
#include "pipeline/model.h"
#include "pipeline/pictures.h"
#include "pipeline/read_ahead.h"

namespace clipcluster::testing {
namespace {

using internal::ImageStream;
using internal::ReadAhead;
using internal::StreamedImage;
using internal::StreamOptions;

std::atomic<int> reads_at_once = 0;
std::atomic<int> most_reads_at_once = 0;
std::atomic<int> reads = 0;

// A disk that takes its time, and lacks every tenth file.
ReadAhead::File slow_read(const std::string& path, const DecodeOptions&) {
  ++reads;
  const int now = ++reads_at_once;
  for (int most = most_reads_at_once; now > most && !most_reads_at_once.compare_exchange_weak(most, now);) {
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  --reads_at_once;
  if (path.back() == '0') return DecodeFailure{SkipReason::not_found, path};
  return std::vector<std::uint8_t>(path.begin(), path.end());
}

std::vector<std::string> numbers(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

TEST(ReadAhead, GivesEachFileOnceAndReadsSeveralAtOnce) {
  const std::vector<std::string> paths = numbers(300);
  reads = 0;
  most_reads_at_once = 0;
  ReadAhead files(paths, {}, slow_read);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const ReadAhead::File file = files.take(i);
    if (i % 10 == 0) {
      EXPECT_EQ(std::get<DecodeFailure>(file).message, paths[i]);
    } else {
      const auto& bytes = std::get<std::vector<std::uint8_t>>(file);
      EXPECT_EQ(std::string(bytes.begin(), bytes.end()), paths[i]);
    }
  }
  EXPECT_EQ(reads, 300);
  EXPECT_GT(most_reads_at_once, 1);
}

TEST(ReadAhead, StaysBoundedAndEndsEarly) {
  const std::vector<std::string> paths = numbers(1000);
  reads = 0;
  {
    ReadAhead files(paths, {}, slow_read);
    files.take(0);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_LE(reads, static_cast<int>(ReadAhead::kFilesAhead) + 1);
  }
  EXPECT_LE(reads, static_cast<int>(ReadAhead::kFilesAhead) + 1);
}

class Stream : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 23; ++i) {
      // Every fourth has the pixels of its predecessor; one is no picture.
      const int number = i % 4 == 3 ? i - 1 : i;
      paths_.push_back(folder_.file(std::to_string(100 + i) + ".jpg"));
      write_picture(paths_.back(), number % 3, number);
    }
    write_text_file(paths_[9], "not a picture");
    auto model = internal::load_image_tower(clip_mini_folder(), Precision::f32);
    ASSERT_OK(model);
    model_.emplace(std::move(model).value());
    options_.load.preprocess = model_->preprocess();
  }
  void TearDown() override { set_thread_count(0); }

  std::vector<std::vector<float>> vectors(int threads, std::size_t run_length = 1) {
    set_thread_count(threads);
    options_.run_length = run_length;
    std::vector<std::vector<float>> all;
    const auto take = [&](std::size_t first, std::span<StreamedImage> images) -> Status {
      EXPECT_EQ(first, all.size());
      for (const StreamedImage& image : images) {
        EXPECT_NE(image.loaded.failure.has_value(), image.content != nullptr);
        all.push_back(image.content ? image.content->embedding : std::vector<float>());
      }
      return {};
    };
    EXPECT_OK(ImageStream(paths_, &*model_, options_, take).run(Progress::none()));
    return all;
  }

  TemporaryFolder folder_;
  std::vector<std::string> paths_;
  std::optional<ClipModel> model_;
  StreamOptions options_;
};

TEST_F(Stream, TheSameInOrderAtAnyThreadCount) {
  const auto one = vectors(1);
  ASSERT_EQ(one.size(), paths_.size());
  EXPECT_TRUE(one[9].empty());
  EXPECT_EQ(one[2], one[3]);
  EXPECT_NE(one[0], one[1]);
  EXPECT_EQ(vectors(2), one);
  EXPECT_EQ(vectors(4, 5), one);
}

TEST_F(Stream, WithoutAModelFilesAreOnlyLookedAt) {
  options_.load.preprocess.reset();
  std::size_t decoded = 0;
  const auto take = [&](std::size_t, std::span<StreamedImage> images) -> Status {
    for (const StreamedImage& image : images) decoded += image.loaded.is_new() && !image.content ? 1U : 0U;
    return {};
  };
  ASSERT_OK(ImageStream(paths_, nullptr, options_, take).run(Progress::none()));
  EXPECT_EQ(decoded, paths_.size() - 1);
}

TEST_F(Stream, AnErrorOfTheSinkEndsIt) {
  set_thread_count(4);
  int calls = 0;
  const auto take = [&](std::size_t, std::span<StreamedImage>) -> Status {
    ++calls;
    return Status::io("disk full");
  };
  EXPECT_EQ(ImageStream(paths_, &*model_, options_, take).run(Progress::none()).message(), "disk full");
  EXPECT_EQ(calls, 1);
}

class Cancelled : public Progress {
 public:
  bool cancelled() override { return asked_.fetch_add(1) > 10; }

 private:
  std::atomic<int> asked_ = 0;
};

TEST_F(Stream, CancelledItHandsOnWhatIsDone) {
  set_thread_count(2);
  std::size_t taken = 0;
  const auto take = [&](std::size_t first, std::span<StreamedImage> images) -> Status {
    EXPECT_EQ(first, taken);
    taken += images.size();
    return {};
  };
  Cancelled progress;
  EXPECT_EQ(ImageStream(paths_, &*model_, options_, take).run(progress).code(), ErrorCode::cancelled);
  EXPECT_LT(taken, paths_.size());
}

}  // namespace
}  // namespace clipcluster::testing
