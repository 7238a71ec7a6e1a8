#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "clipcluster/parallel.h"
#include "clipcluster/pipeline.h"
#include "pipeline/pictures.h"
#include "pipeline/run_support.h"

namespace clipcluster::testing {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr int kPerKind = 20;

class Run : public ::testing::Test {
 protected:
  void SetUp() override { write_pictures(pictures(), kPerKind); }
  std::string pictures() const { return folder_.file("pictures"); }
  std::string project(const std::string& name = "p") const { return folder_.file(name); }
  RunOptions options() const { return run_options(pictures()); }

 private:
  TemporaryFolder folder_;
};

std::vector<std::string> steps_of(const RunSummary& summary) {
  std::vector<std::string> names;
  for (const StepTiming& step : summary.steps) names.push_back(step.name);
  return names;
}

TEST_F(Run, FindsTheKinds) {
  RunOptions thorough = options();
  thorough.fit.umap.n_epochs.reset();
  const auto summary = run_project(project(), thorough);
  ASSERT_OK(summary);
  EXPECT_EQ(summary->files, 60U);
  EXPECT_EQ(summary->distinct, 60U);
  EXPECT_EQ(summary->embedded, 60U);
  EXPECT_EQ(summary->reused, 0U);
  EXPECT_EQ(summary->skipped, 0U);
  EXPECT_EQ(summary->min_cluster_size, 11);
  EXPECT_THAT(steps_of(*summary),
              ::testing::IsSupersetOf({"finding files", "loading the model", "embedding", "neighbours",
                                       "umap", "hdbscan", "map"}));
  const auto evaluation = evaluate_project(project(), "folders");
  ASSERT_OK(evaluation);
  EXPECT_EQ(evaluation->scores.classes, 3);
  EXPECT_GT(evaluation->scores.with_noise.adjusted_rand_index, 0.8);
  EXPECT_EQ(evaluation->unlabelled, 0U);
}

TEST_F(Run, ASecondRunDoesNothing) {
  ASSERT_OK(run_project(project(), options()));
  const auto second = run_project(project(), options());
  ASSERT_OK(second);
  EXPECT_EQ(second->embedded, 0U);
  EXPECT_EQ(second->reused, 60U);
  EXPECT_TRUE(second->fit_reused);
  RunOptions without_inputs = options();
  without_inputs.embed.inputs.clear();
  const auto third = run_project(project(), without_inputs);
  ASSERT_OK(third);
  EXPECT_EQ(third->files, 60U);
  EXPECT_TRUE(third->fit_reused);
}

TEST_F(Run, EmbedsOnlyWhatIsNewOrChanged) {
  ASSERT_OK(run_project(project(), options()));
  write_picture(pictures() + "/new.jpg", 1, 77);
  write_picture(pictures() + "/" + picture_name(0, 0), 0, 88);                                   // changed
  fs::remove(pictures() + "/" + picture_name(2, 5));                                             // gone
  fs::last_write_time(pictures() + "/" + picture_name(1, 1), fs::file_time_type::clock::now());  // touched
  const auto second = run_project(project(), options());
  ASSERT_OK(second);
  EXPECT_EQ(second->files, 60U);
  EXPECT_EQ(second->embedded, 2U);
  EXPECT_FALSE(second->fit_reused);
  // What comes back is known still.
  write_picture(pictures() + "/" + picture_name(2, 5), 2, 5);
  const auto third = run_project(project(), options());
  ASSERT_OK(third);
  EXPECT_EQ(third->embedded, 0U);
  EXPECT_EQ(third->files, 61U);
}

TEST_F(Run, DuplicatesShareOneEmbeddingAndLabel) {
  const std::string original = pictures() + "/" + picture_name(0, 3);
  fs::copy_file(original, pictures() + "/a copy.jpg");
  // The same pixels in other bytes: a comment after the JPEG's first marker.
  std::string bytes = read_text_file(original);
  bytes.insert(2, std::string("\xFF\xFE\x00\x04hi", 6));
  write_text_file(pictures() + "/same pixels.jpg", bytes);
  const auto summary = run_project(project(), options());
  ASSERT_OK(summary);
  EXPECT_EQ(summary->files, 62U);
  EXPECT_EQ(summary->distinct, 60U);
  EXPECT_EQ(summary->embedded, 60U);
  EXPECT_EQ(summary->duplicates, 2U);
  EXPECT_EQ(summary->duplicates_by_bytes, 1U);
  const auto input = make_report_input(project());
  ASSERT_OK(input);
  ASSERT_EQ(input->duplicates.size(), 1U);
  EXPECT_EQ(input->duplicates[0].copies.size(), 2U);
  EXPECT_EQ(input->images[input->duplicates[0].kept].duplicates, 2U);
}

TEST_F(Run, SkippedFilesAreReportedAndTriedAgain) {
  const std::string broken = pictures() + "/broken.jpg";
  write_text_file(broken, "not a picture at all");
  write_text_file(pictures() + "/empty.png", "");
  const auto summary = run_project(project(), options());
  ASSERT_OK(summary);
  EXPECT_EQ(summary->skipped, 2U);
  EXPECT_EQ(summary->skipped_by_reason.at("empty"), 1U);
  const auto info = project_info(project());
  ASSERT_OK(info);
  EXPECT_EQ(info->skipped, 2U);
  EXPECT_EQ(info->files, 60U);
  const auto input = make_report_input(project());
  ASSERT_OK(input);
  EXPECT_EQ(input->skipped.size(), 2U);

  write_picture(broken, 0, 99);
  const auto second = run_project(project(), options());
  ASSERT_OK(second);
  EXPECT_EQ(second->skipped, 1U);
  EXPECT_EQ(second->embedded, 1U);
}

// The stored files of two projects that came about in different ways.
void expect_same_fit(const std::string& a, const std::string& b) {
  const auto input_a = make_report_input(a);
  const auto input_b = make_report_input(b);
  ASSERT_OK(input_a);
  ASSERT_OK(input_b);
  ASSERT_EQ(input_a->images.size(), input_b->images.size());
  for (std::size_t i = 0; i < input_a->images.size(); ++i) {
    EXPECT_EQ(input_a->images[i].path, input_b->images[i].path);
    EXPECT_EQ(input_a->images[i].label, input_b->images[i].label);
    EXPECT_EQ(input_a->images[i].probability, input_b->images[i].probability);
    EXPECT_EQ(input_a->images[i].x, input_b->images[i].x);
    EXPECT_EQ(input_a->images[i].y, input_b->images[i].y);
  }
}

TEST_F(Run, ThreadsAndTheWayThereDoNotMatter) {
  set_thread_count(1);
  ASSERT_OK(run_project(project("one"), options()));
  set_thread_count(4);
  // In two steps: first two kinds, then all three.
  RunOptions part = options();
  part.embed.inputs = {pictures() + "/kind1", pictures() + "/kind2"};
  ASSERT_OK(run_project(project("four"), part));
  const auto whole = run_project(project("four"), options());
  ASSERT_OK(whole);
  EXPECT_EQ(whole->embedded, 20U);
  set_thread_count(0);
  expect_same_fit(project("one"), project("four"));
}

class StopAt : public Progress {
 public:
  explicit StopAt(std::string step) : step_(std::move(step)) {}
  void report(const ProgressEvent& event) override {
    if (event.step == step_) reached_ = true;
  }
  bool cancelled() override { return reached_; }

 private:
  std::string step_;
  std::atomic<bool> reached_ = false;
};

TEST_F(Run, AnInterruptedRunGoesOn) {
  StopAt stop("neighbours");
  const auto interrupted = run_project(project(), options(), stop);
  ASSERT_FALSE(interrupted.is_ok());
  EXPECT_EQ(interrupted.status().code(), ErrorCode::cancelled);
  const auto info = project_info(project());
  ASSERT_OK(info);
  EXPECT_FALSE(info->fitted);
  EXPECT_EQ(info->runs.at(0).finished, "");
  EXPECT_THAT(make_report_input(project()).status().message(), HasSubstr("no clusters yet"));
  const auto resumed = run_project(project(), options());
  ASSERT_OK(resumed);
  EXPECT_EQ(resumed->embedded, 0U);
  EXPECT_GT(resumed->clusters, 0U);
}

TEST_F(Run, AnotherPrecisionEmbedsAgainAndSaysSo) {
  ASSERT_OK(run_project(project(), options()));
  RunOptions other = options();
  other.embed.precision = Precision::bf16;
  std::vector<std::string> notes;
  other.note = [&](const std::string& sentence) { notes.push_back(sentence); };
  const auto second = run_project(project(), other);
  ASSERT_OK(second);
  EXPECT_EQ(second->embedded, 60U);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes[0], HasSubstr("precision changed from f32 to bf16"));
}

TEST_F(Run, WithNothingToEmbedTheModelIsNotLoaded) {
  write_text_file(pictures() + "/broken.jpg", "not a picture");
  ASSERT_OK(run_project(project(), options()));
  const auto touched = pictures() + "/" + picture_name(1, 1);
  fs::last_write_time(touched, fs::file_time_type::clock::now());
  const auto second = run_project(project(), options());
  ASSERT_OK(second);
  EXPECT_EQ(second->files_read, 2U);
  EXPECT_EQ(second->skipped, 1U);
  EXPECT_THAT(steps_of(*second), ::testing::Not(::testing::Contains("loading the model")));
  write_picture(pictures() + "/broken.jpg", 0, 99);  // mended
  const auto third = run_project(project(), options());
  ASSERT_OK(third);
  EXPECT_EQ(third->embedded, 1U);
  EXPECT_THAT(steps_of(*third), ::testing::Contains("loading the model"));
}

TEST_F(Run, AModelThatMayHaveChangedIsLoaded) {
  RunOptions copied = options();
  copied.embed.model_folder = project("model");
  fs::copy(clip_mini_folder(), copied.embed.model_folder, fs::copy_options::recursive);
  ASSERT_OK(run_project(project(), copied));
  fs::last_write_time(copied.embed.model_folder + "/config.json", fs::file_time_type::clock::now());
  const auto second = run_project(project(), copied);
  ASSERT_OK(second);
  EXPECT_EQ(second->embedded, 0U);
  EXPECT_THAT(steps_of(*second), ::testing::Contains("loading the model"));
  std::ofstream(copied.embed.model_folder + "/config.json", std::ios::app) << "\n";
  EXPECT_EQ(run_project(project(), copied)->embedded, 60U);
}

TEST_F(Run, FastDecodingIsRememberedAndAChangeEmbedsAgain) {
  RunOptions fast = options();
  fast.embed.fast_decode = true;
  std::vector<std::string> notes;
  fast.note = [&](const std::string& sentence) { notes.push_back(sentence); };
  ASSERT_OK(run_project(project(), fast));
  fast.embed.fast_decode.reset();  // as before
  const auto second = run_project(project(), fast);
  ASSERT_OK(second);
  EXPECT_EQ(second->embedded, 0U);
  EXPECT_TRUE(notes.empty());
  fast.embed.fast_decode = false;
  const auto third = run_project(project(), fast);
  ASSERT_OK(third);
  EXPECT_EQ(third->embedded, 60U);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes[0], HasSubstr("decoded in full"));
}

TEST_F(Run, LostEmbeddingsAreMadeAnew) {
  ASSERT_OK(run_project(project("whole"), options()));
  ASSERT_OK(run_project(project(), options()));
  fs::resize_file(project() + "/embeddings-1.f32", 4096 + 10 * 512 * 4 + 3);
  EXPECT_EQ(project_info(project()).status().code(), ErrorCode::corrupt);
  RunOptions again = options();
  std::vector<std::string> notes;
  again.note = [&](const std::string& sentence) { notes.push_back(sentence); };
  const auto second = run_project(project(), again);
  ASSERT_OK(second);
  EXPECT_EQ(second->embedded, 50U);
  EXPECT_EQ(notes.size(), 1U);
  expect_same_fit(project("whole"), project());
}

TEST_F(Run, HoldsOutAShareAndCompares) {
  RunOptions split = options();
  split.fit.test_fraction = 0.2;
  fs::copy_file(pictures() + "/" + picture_name(0, 3), pictures() + "/copy.jpg");
  const auto summary = run_project(project(), split);
  ASSERT_OK(summary);
  ASSERT_TRUE(summary->split.has_value());
  EXPECT_EQ(summary->split->training, 48U);
  EXPECT_EQ(summary->split->held_out, 12U);
  EXPECT_LT(summary->split->held_out_noise_share, 0.5);
  EXPECT_GT(summary->split->agreement_training, 0.2);
  EXPECT_GE(summary->split->held_out_mean_probability, 0.0);
  const auto info = project_info(project());
  ASSERT_OK(info);
  EXPECT_EQ(info->training, 48U);
  EXPECT_EQ(info->held_out, 12U);
  const auto again = run_project(project(), split);
  ASSERT_OK(again);
  EXPECT_TRUE(again->fit_reused);
  ASSERT_TRUE(again->split.has_value());
  EXPECT_EQ(again->split->agreement_held_out, summary->split->agreement_held_out);
  const auto evaluation = evaluate_project(project(), "folders");
  ASSERT_OK(evaluation);
  EXPECT_TRUE(evaluation->held_out.has_value());
}

TEST_F(Run, FewImagesAreNoiseNotAnError) {
  for (const int count : {1, 2, 3, 4, 6}) {
    const std::string few = pictures() + "-" + std::to_string(count);
    for (int i = 0; i < count; ++i) write_picture(few + "/" + picture_name(0, i), 0, i);
    RunOptions options = run_options(few);
    options.fit.min_cluster_size.reset();
    const auto summary = run_project(project(std::to_string(count)), options);
    ASSERT_TRUE(summary.is_ok()) << count << ": " << summary.status().message();
    EXPECT_EQ(summary->distinct, static_cast<std::size_t>(count));
    EXPECT_OK(make_report_input(project(std::to_string(count))));
    EXPECT_OK(Assigner::open(project(std::to_string(count))));
  }
}

TEST_F(Run, WrongUseIsSaid) {
  RunOptions wrong = options();
  wrong.fit.test_fraction = 1.0;
  EXPECT_THAT(run_project(project(), wrong).status().message(), HasSubstr("test fraction is 1"));
  EXPECT_FALSE(fs::exists(project()));
  RunOptions nothing = options();
  nothing.embed.inputs = {pictures() + "/none"};
  EXPECT_EQ(run_project(project(), nothing).status().code(), ErrorCode::not_found);
  RunOptions no_model = options();
  no_model.embed.model_folder = pictures();
  EXPECT_FALSE(run_project(project(), no_model).is_ok());
  RunOptions no_inputs = options();
  no_inputs.embed.inputs.clear();
  EXPECT_THAT(run_project(project("q"), no_inputs).status().message(), HasSubstr("no files or folders"));
}

TEST_F(Run, ThePageIsWritten) {
  ASSERT_OK(run_project(project(), options()));
  const auto input = make_report_input(project(), "A title");
  ASSERT_OK(input);
  EXPECT_EQ(input->title, "A title");
  EXPECT_EQ(input->images.size(), 60U);
  EXPECT_THAT(input->warning, HasSubstr("demonstration model"));
  ASSERT_FALSE(input->sections.empty());
  EXPECT_EQ(input->sections.front().rows.front(),
            (std::pair<std::string, std::string>("Files used", "60")));
  EXPECT_THAT(input->sections.back().title, HasSubstr(" UTC"));
  EXPECT_EQ(input->sections.back().rows.back().first, "All steps together");
  const auto thumbnail = input->thumbnail(0);
  ASSERT_OK(thumbnail);
  EXPECT_TRUE(std::holds_alternative<DecodedImage>(decode_image(*thumbnail)));
  ASSERT_FALSE(input->clusters.empty());
  for (const ReportCluster& cluster : input->clusters) {
    ASSERT_FALSE(cluster.typical.empty());
    EXPECT_FALSE(cluster.doubtful.empty());
    for (const std::uint32_t image : cluster.typical) {
      EXPECT_EQ(input->images[image].label, &cluster - input->clusters.data());
    }
  }
  ASSERT_OK(report_project(project(), project("page")));
  EXPECT_TRUE(fs::exists(project("page") + "/index.html"));
}

TEST_F(Run, EmbedsWithoutAProject) {
  write_text_file(pictures() + "/broken.jpg", "no");
  const auto files = embed_files(options().embed);
  ASSERT_OK(files);
  EXPECT_EQ(files->paths.size(), 60U);
  EXPECT_EQ(files->embeddings.rows(), 60U);
  EXPECT_EQ(files->embeddings.cols(), static_cast<std::size_t>(files->space.size));
  EXPECT_EQ(files->skipped.size(), 1U);
  EXPECT_TRUE(std::is_sorted(files->paths.begin(), files->paths.end()));
}

// A child process that is killed while it embeds or fits; the next run completes what it began.
TEST_F(Run, AKilledRunGoesOn) {
  for (const int milliseconds : {20, 60, 120, 200, 300, 450}) {
    const std::string folder = project("killed" + std::to_string(milliseconds));
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      set_thread_count(1);  // a forked OpenMP team has no threads
      static_cast<void>(run_project(folder, options()).is_ok());
      _exit(0);
    }
    usleep(static_cast<useconds_t>(milliseconds * 1000));
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    const auto resumed = run_project(folder, options());
    ASSERT_OK(resumed);
    EXPECT_EQ(resumed->files, 60U);
    EXPECT_EQ(resumed->distinct, 60U);
  }
  ASSERT_OK(run_project(project("whole"), options()));
  expect_same_fit(project("whole"), project("killed120"));
}

}  // namespace
}  // namespace clipcluster::testing
