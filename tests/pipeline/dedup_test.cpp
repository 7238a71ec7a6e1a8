#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "clipcluster/dedup.h"
#include "clipcluster/pipeline.h"
#include "pipeline/fitted_project.h"
#include "pipeline/pictures.h"
#include "pipeline/run_support.h"

namespace clipcluster::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// Blocks of random brightness: every number is another picture of the same kind.
Image mosaic(int number, int width = 160, int height = 120) {
  const CounterRandom random(static_cast<std::uint64_t>(number), "mosaic");
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto block = static_cast<std::uint64_t>(y * 6 / height * 8 + x * 8 / width);
      for (std::uint64_t c = 0; c < 3; ++c) {
        image.rgb.push_back(static_cast<std::uint8_t>(random.below(256, block, c)));
      }
    }
  }
  return image;
}

void write_jpeg(const std::string& path, const Image& image, int quality) {
  const auto jpeg = encode_jpeg(image, quality);
  ASSERT_OK(jpeg);
  write_bytes(path, *jpeg);
}

constexpr int kPictures = 24;
constexpr int kCopied = 6;

// Of the first few pictures there is a smaller and a coarser copy.
class Dedup : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < kPictures; ++i) write_jpeg(original(i), mosaic(i), 92);
    for (int i = 0; i < kCopied; ++i) {
      write_jpeg(smaller(i), resize_bicubic(mosaic(i), 80, 60), 90);
      write_jpeg(coarser(i), mosaic(i), 60);
    }
  }
  std::string original(int i) const { return folder_.file("in/long-name-of-an-original-" + name(i)); }
  std::string smaller(int i) const { return folder_.file("in/s-" + name(i)); }
  std::string coarser(int i) const { return folder_.file("in/coarser-" + name(i)); }
  static std::string name(int i) { return std::to_string(100 + i) + ".jpg"; }
  std::string project() const { return folder_.file("p"); }
  RunOptions options() const {
    RunOptions run = run_options(folder_.file("in"));
    run.fit.min_cluster_size = 4;
    run.fit.umap.n_neighbors = 5;
    return run;
  }
  TemporaryFolder folder_;
};

std::map<std::string, std::string> kept_by_path(const DedupSummary& summary) {
  std::map<std::string, std::string> kept;
  for (const DuplicateGroup& group : summary.groups) {
    for (const DuplicateFile& copy : group.copies) kept[copy.path] = group.kept.path;
  }
  return kept;
}

TEST_F(Dedup, FindsCopiesAndKeepsTheLargest) {
  ASSERT_OK(run_project(project(), options()));
  const auto found = dedup_project(project(), {});
  ASSERT_OK(found);
  EXPECT_EQ(found->images, static_cast<std::size_t>(kPictures + 2 * kCopied));
  EXPECT_EQ(found->copies, static_cast<std::size_t>(2 * kCopied));
  const auto kept = kept_by_path(*found);
  for (int i = 0; i < kCopied; ++i) {
    EXPECT_EQ(kept.at(smaller(i)), original(i));
    EXPECT_EQ(kept.at(coarser(i)), original(i));  // fewer bytes at the same size
  }
  DedupOptions shortest;
  shortest.keep = KeepRule::shortest_path;
  const auto others = dedup_project(project(), shortest);
  ASSERT_OK(others);
  EXPECT_EQ(kept_by_path(*others).at(original(0)), smaller(0));
}

// Of an original, of a near-duplicate, and of a picture without one: scripts are told of every file.
TEST_F(Dedup, ListsExactCopiesToo) {
  write_jpeg(folder_.file("in/z-again.jpg"), mosaic(0), 92);
  write_jpeg(folder_.file("in/z-coarser.jpg"), mosaic(0), 60);
  write_jpeg(folder_.file("in/z-alone.jpg"), mosaic(kPictures - 1), 92);
  ASSERT_OK(run_project(project(), options()));
  DedupOptions shortest;
  shortest.keep = KeepRule::shortest_path;
  const auto found = dedup_project(project(), shortest);
  ASSERT_OK(found);
  EXPECT_EQ(found->copies, static_cast<std::size_t>(2 * kCopied));
  EXPECT_EQ(found->exact, 3U);
  EXPECT_EQ(found->groups.size(), static_cast<std::size_t>(kCopied + 1));
  const DuplicateGroup& largest = found->groups.front();
  EXPECT_EQ(largest.kept.path, smaller(0));
  EXPECT_EQ(largest.copies.size(), 4U);
  const DuplicateGroup& alone = found->groups.back();
  EXPECT_EQ(alone.kept.path, folder_.file("in/z-alone.jpg"));
  ASSERT_EQ(alone.copies.size(), 1U);
  EXPECT_EQ(alone.copies[0].path, original(kPictures - 1));
  EXPECT_TRUE(alone.copies[0].exact);
  std::set<std::string> exact;
  for (const DuplicateFile& copy : largest.copies) {
    if (copy.exact) exact.insert(copy.path);
  }
  EXPECT_EQ(exact, (std::set<std::string>{original(0), coarser(0)}));
}

TEST_F(Dedup, CopiesFollowWhatIsKeptIntoItsCluster) {
  RunOptions run = options();
  run.dedup = DedupOptions{};
  run.fit.test_fraction = 0.25;
  const auto summary = run_project(project(), run);
  ASSERT_OK(summary);
  const auto opened = Project::open(project());
  ASSERT_OK(opened);
  const auto fit = opened->fit();
  ASSERT_OK(fit);
  ASSERT_TRUE(fit->has_value());
  // A copy is no point of its own, so it cannot stand on the other side of the split either.
  EXPECT_EQ((*fit)->points.size(), static_cast<std::size_t>(kPictures));

  const auto assigner = Assigner::open(project());
  ASSERT_OK(assigner);
  std::vector<Assignment> answers;
  const std::vector<std::string> paths = {original(1), smaller(1), coarser(1)};
  ASSERT_OK(assigner->assign(paths, [&](const Assignment& answer) {
    answers.push_back(answer);
    return Status();
  }));
  ASSERT_EQ(answers.size(), 3U);
  for (const Assignment& answer : answers) {
    EXPECT_TRUE(answer.known) << answer.path;
    EXPECT_EQ(answer.label, answers[0].label);
    EXPECT_EQ(answer.probability, answers[0].probability);
  }
  const auto page = make_report_input(project());
  ASSERT_OK(page);
  EXPECT_EQ(page->images.size(), static_cast<std::size_t>(kPictures));
  EXPECT_EQ(page->duplicates.size(), static_cast<std::size_t>(kCopied));
  EXPECT_TRUE(page->near_duplicates_sought);
  const auto& counts = page->sections.front().rows;
  using Row = std::pair<std::string, std::string>;
  EXPECT_EQ(counts[2], (Row{"Exact copies of these", "0"}));
  EXPECT_EQ(counts[3], (Row{"Near-duplicates of these", std::to_string(2 * kCopied)}));
}

// Files by the group that they are made of, as long as it has several, with the side of the split on which
// each stands.
std::map<std::string, std::set<bool>> sides_of_groups(const std::string& project,
                                                      const std::map<std::string, std::string>& group_of) {
  const auto fitted = internal::read_fitted_project(project);
  EXPECT_OK(fitted);
  std::map<std::string, std::set<bool>> sides;
  std::size_t files = 0;
  for (std::size_t i = 0; i < fitted->points.size(); ++i) {
    const internal::FittedPoint& point = fitted->points[i];
    std::vector<std::string> paths = point.copies;
    paths.push_back(point.path);
    for (const std::string& path : paths) {
      const auto group = group_of.find(path);
      if (group == group_of.end()) continue;
      sides[group->second].insert(fitted->fit.points[i].held_out);
      ++files;
    }
  }
  EXPECT_EQ(files, group_of.size()) << "every file stands on a side";
  return sides;
}

TEST_F(Dedup, NoGroupStandsOnBothSidesOfASplit) {
  write_jpeg(folder_.file("in/again.jpg"), mosaic(0), 92);  // a copy of the same bytes beside near ones
  std::map<std::string, std::string> group_of = {{folder_.file("in/again.jpg"), original(0)}};
  for (int i = 0; i < kCopied; ++i) {
    for (const std::string& path : {original(i), smaller(i), coarser(i)}) group_of[path] = original(i);
  }
  const auto separated = [&](RunOptions run) {
    int count = 0;
    for (const std::uint64_t seed : {1, 2, 3}) {
      run.fit.seed = seed;
      run.fit.test_fraction = 0.4;
      EXPECT_OK(run_project(project(), run));
      for (const auto& [group, sides] : sides_of_groups(project(), group_of)) {
        count += sides.size() == 2 ? 1 : 0;
      }
    }
    return count;
  };
  EXPECT_GT(separated(options()), 0) << "images as they come stand anywhere";
  for (const KeepRule keep : {KeepRule::largest, KeepRule::shortest_path}) {
    RunOptions run = options();
    run.dedup = DedupOptions{};
    run.dedup->keep = keep;
    EXPECT_EQ(separated(run), 0) << keep_rule_name(keep);
  }
}

TEST_F(Dedup, RunsKeepTheGroupsUpToDateUntilTheyAreForgotten) {
  RunOptions run = options();
  run.dedup = DedupOptions{};
  ASSERT_OK(run_project(project(), run));
  write_jpeg(folder_.file("in/late.jpg"), resize_bicubic(mosaic(20), 100, 75), 85);
  run.dedup = std::nullopt;
  const auto again = run_project(project(), run);
  ASSERT_OK(again);
  EXPECT_TRUE(again->fit_reused) << "the new copy follows; what is clustered is the same";
  fs::remove(original(0));  // what was kept is gone: a copy takes its place
  ASSERT_OK(run_project(project(), run));
  const auto page = make_report_input(project());
  ASSERT_OK(page);
  EXPECT_EQ(page->images.size(), static_cast<std::size_t>(kPictures));

  ASSERT_OK(forget_duplicates(project()));
  ASSERT_OK(run_project(project(), run));
  const auto all = make_report_input(project());
  ASSERT_OK(all);
  EXPECT_EQ(all->images.size(), static_cast<std::size_t>(kPictures + 2 * kCopied));
  EXPECT_FALSE(all->near_duplicates_sought);
  ASSERT_OK(dedup_project(project(), {}));
  const auto found_since = make_report_input(project());
  ASSERT_OK(found_since);
  EXPECT_FALSE(found_since->near_duplicates_sought)
      << "the fit still has the copies as images of their own";
}

TEST_F(Dedup, BadInput) {
  EXPECT_FALSE(dedup_project(folder_.file("nowhere"), {}).is_ok());
  EXPECT_FALSE(fs::exists(folder_.file("nowhere")));
  EXPECT_THAT(parse_keep_rule("newest").status().message(), HasSubstr("largest, oldest, shortest-path"));
  DedupOptions options;
  options.duplicates.agreement = 2.0;
  EXPECT_THAT(dedup_project(project(), options).status().message(), HasSubstr("agreement is 2"));
}

}  // namespace
}  // namespace clipcluster::testing
