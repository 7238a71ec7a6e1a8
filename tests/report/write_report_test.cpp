#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "clipcluster/parallel.h"
#include "clipcluster/report.h"
#include "report_input.h"
#include "support/support.h"

namespace clipcluster {
namespace {

namespace fs = std::filesystem;
using testing::colored_thumbnail;
using testing::make_report_input_for_tests;
using testing::read_text_file;
using testing::TemporaryFolder;
using Json = nlohmann::json;

std::string files_of(const std::string& folder) {
  for (const char* name : {"/clipcluster-page-1", "/clipcluster-page-2"}) {
    if (fs::exists(folder + name)) return folder + name;
  }
  return {};
}

// What the script `name` hands to the page.
Json data_of(const std::string& folder, const std::string& name) {
  const std::string text = read_text_file(files_of(folder) + "/" + name + ".js");
  const std::string before = "clipcluster.receive(\"" + name + "\", ";
  EXPECT_TRUE(text.starts_with(before)) << text.substr(0, 80);
  EXPECT_TRUE(text.ends_with(");\n"));
  return Json::parse(text.substr(before.size(), text.size() - before.size() - 3));
}

std::map<std::string, std::string> all_files(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), folder).string()] = read_text_file(entry.path().string());
    }
  }
  return files;
}

std::size_t base64_bytes(const std::string& text) {
  return text.size() / 4 * 3 - static_cast<std::size_t>(std::count(text.begin(), text.end(), '='));
}

TEST(WriteReport, EveryFileThatThePageNamesIsThere) {
  const TemporaryFolder temporary;
  ReportInput input = make_report_input_for_tests(300, 4);
  input.thumbnail = [](std::uint32_t i) { return colored_thumbnail(i, 64, 64); };
  ASSERT_OK(write_report(input, temporary.path()));
  const std::string html = read_text_file(temporary.file("index.html"));
  EXPECT_EQ(html.find("{{"), std::string::npos);
  EXPECT_EQ(html.find("http"), std::string::npos) << "the page must not need a network";
  std::size_t named = 0;
  for (const std::string attribute : {"src=\"", "stylesheet\" href=\""}) {
    for (auto at = html.find(attribute); at != std::string::npos; at = html.find(attribute, at + 1)) {
      const auto begin = at + attribute.size();
      EXPECT_TRUE(fs::exists(temporary.file(html.substr(begin, html.find('"', begin) - begin))));
      ++named;
    }
  }
  EXPECT_GE(named, 10U);
  for (const char* name : {"/summary.js", "/points.js", "/paths-0000.js", "/tiles-0000.jpg",
                           "/tiles-0002.jpg", "/contact-0000.jpg"}) {
    EXPECT_TRUE(fs::exists(files_of(temporary.path()) + name)) << name;
  }
  EXPECT_FALSE(fs::exists(files_of(temporary.path()) + "/tiles-0003.jpg"));
}

TEST(WriteReport, CountsAreRight) {
  const TemporaryFolder temporary;
  ReportInput input = make_report_input_for_tests(5000, 7);
  input.images[3].held_out = true;
  input.duplicates = {{5, {"/a", "/b"}, {}}, {6, {"/c"}, {{"/d", {"/e"}}}}};
  input.skipped = {{"/x", "empty", "no bytes"}, {"/y", "truncated", "short"}, {"/z", "truncated", "short"}};
  input.warning = "careful";
  input.tree = {{-1, -1, 0.5, 2.0, {300, 280}}, {0, 1, 2.0, 1.0 / 3.0 + 8.0, {140, 20}}};
  input.sections = {{"Model", {{"Checkpoint", "clip-mini"}}}};
  ASSERT_OK(write_report(input, temporary.path()));
  const Json summary = data_of(temporary.path(), "summary");
  EXPECT_EQ(summary["images"], 5000);
  EXPECT_EQ(summary["held_out"], 1);
  EXPECT_EQ(summary["warning"], "careful");
  EXPECT_EQ(summary["tree"]["label"], (Json{-1, 1}));
  EXPECT_EQ(summary["tree"]["death"], (Json{2.0, 8.333}));
  EXPECT_EQ(summary["tree"]["counts"][1], (Json{140, 20}));
  EXPECT_EQ(summary["duplicates"]["groups"], 2);
  EXPECT_EQ(summary["duplicates"]["copies"], 3);
  EXPECT_EQ(summary["duplicates"]["near_groups"], 1);
  EXPECT_EQ(summary["duplicates"]["near"], 2);
  EXPECT_EQ(summary["skipped"]["count"], 3);
  EXPECT_EQ(summary["skipped"]["reasons"][0]["reason"], "truncated");
  EXPECT_EQ(summary["skipped"]["reasons"][0]["count"], 2);
  EXPECT_EQ(summary["sections"][0]["rows"][0][1], "clip-mini");
  EXPECT_EQ(base64_bytes(summary["noise"]), 500 * 4);
  EXPECT_FALSE(summary.contains("tiles"));
  std::size_t members = 0;
  for (const Json& cluster : summary["clusters"]) {
    members += cluster["end"].get<std::size_t>() - cluster["begin"].get<std::size_t>();
    EXPECT_NEAR(cluster["probability"].get<double>(), 0.5, 0.1);
    EXPECT_EQ(cluster["typical"].size(), 12U);
  }
  EXPECT_EQ(summary["clusters"].size(), 7U);
  EXPECT_EQ(members, 4500U);
  const Json points = data_of(temporary.path(), "points");
  EXPECT_EQ(base64_bytes(points["x"]), 5000 * 4);
  EXPECT_EQ(base64_bytes(points["probability"]), 5000 * 2);
  EXPECT_EQ(base64_bytes(points["level"]), 5000);
  EXPECT_EQ(data_of(temporary.path(), "paths-0000")["names"].size(), 4096U);
  EXPECT_EQ(data_of(temporary.path(), "paths-0001")["names"].size(), 5000U - 4096U);
  const Json groups = data_of(temporary.path(), "duplicates-0000");
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0]["near"][0]["file"], "/d");
  EXPECT_EQ(groups[0]["near"][0]["copies"], (Json{"/e"}));
  EXPECT_EQ(groups[0]["copies"], (Json{"/c"}));
  EXPECT_EQ(groups[1]["copies"], (Json{"/a", "/b"}));
  EXPECT_EQ(data_of(temporary.path(), "skipped-0000")[2]["path"], "/x");
}

std::vector<std::uint8_t> bytes_of(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<std::uint8_t> bytes;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < text.size() && text[i] != '='; ++i) {
    bits = (bits << 6U) | static_cast<std::uint32_t>(digits.find(text[i]));
    if (i % 4 != 0) bytes.push_back(static_cast<std::uint8_t>(bits >> (6U - 2U * (i % 4))));
  }
  return bytes;
}

// Places go noise first, then by cluster; within those the images of this test lie on one spot.
TEST(WriteReport, SaysHowImagesBelong) {
  const TemporaryFolder temporary;
  ReportInput input;
  input.clusters.resize(3);
  input.clusters[1].stability = 0.87654;
  input.clusters[2].unstable = true;
  input.clusters[2].name = "owl?";
  input.clusters[2].weak_name = true;
  input.clusters[2].fitting_words = {{"owl", 2.34567}, {"\xFF", 1.0}};
  input.consensus_runs = 30;
  input.near_duplicates_sought = true;
  input.images.resize(5);
  input.images[0].label = 1;
  input.images[0].tier = Tier::core;
  input.images[0].confidence = 0.5F;
  input.images[1].reason = NoiseReason::between;
  input.images[1].nearest_clusters = {2, 0, 1, 1};
  input.images[2].label = 1;
  input.images[2].tier = Tier::assigned;
  input.images[2].reason = NoiseReason::thin;
  input.images[2].confidence = std::numeric_limits<float>::quiet_NaN();
  input.images[3].reason = NoiseReason::blank;
  input.images[3].tier = Tier::member;  // of no cluster: other
  input.images[4].label = 2;
  input.noise_groups = {{{3, 1}}};
  ASSERT_OK(write_report(input, temporary.path()));
  const Json points = data_of(temporary.path(), "points");
  using Bytes = std::vector<std::uint8_t>;
  EXPECT_EQ(bytes_of(points["tier"]), (Bytes{3, 3, 0, 2, 1}));
  EXPECT_EQ(bytes_of(points["reason"]), (Bytes{1, 4, 0, 2, 0}));
  EXPECT_EQ(bytes_of(points["confidence"]), (Bytes{255, 255, 127, 255, 255}));
  const Bytes none(6, 255);
  Bytes nearest{2, 0, 0, 0, 1, 0};
  nearest.insert(nearest.end(), none.begin(), none.end());
  nearest.insert(nearest.end(), none.begin(), none.end());
  EXPECT_EQ(bytes_of(points["nearest"]), nearest);
  const Json summary = data_of(temporary.path(), "summary");
  EXPECT_EQ(summary["clusters"][0]["stability"], nullptr);
  EXPECT_EQ(summary["clusters"][1]["stability"], 0.8765);
  EXPECT_EQ(summary["clusters"][1]["unstable"], false);
  EXPECT_EQ(summary["clusters"][2]["unstable"], true);
  EXPECT_EQ(summary["clusters"][1]["weak_name"], false);
  EXPECT_EQ(summary["clusters"][2]["weak_name"], true);
  EXPECT_EQ(summary["clusters"][2]["fitting_words"][0], Json::array({"owl", 2.346}));
  EXPECT_EQ(summary["clusters"][2]["fitting_words"][1], Json::array({"\xEF\xBF\xBD", 1.0}));
  EXPECT_EQ(summary["consensus_runs"], 30);
  EXPECT_EQ(summary["duplicates"]["near_sought"], true);
  EXPECT_EQ(bytes_of(summary["noise_groups"][0]), (Bytes{1, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(WriteReport, WhatAProjectDoesNotSayTakesNoRoom) {
  const TemporaryFolder temporary;
  ASSERT_OK(write_report(make_report_input_for_tests(100, 3), temporary.path()));
  const Json points = data_of(temporary.path(), "points");
  for (const char* column : {"tier", "reason", "confidence", "nearest"})
    EXPECT_EQ(points[column], "") << column;
  const Json summary = data_of(temporary.path(), "summary");
  for (const char* name : {"tuning", "reliability", "hierarchy", "tree"}) EXPECT_EQ(summary[name], nullptr);
  EXPECT_TRUE(summary["noise_groups"].empty());
}

TEST(WriteReport, HierarchySettingsAndReliability) {
  const TemporaryFolder temporary;
  ReportInput input = make_report_input_for_tests(20, 2);
  input.hierarchy = {{-1, -1, 0.123456, 18}, {0, 1, 0.0, 9}, {0, 0, 0.0, 9}};
  input.tuning = {
      "Chosen. Because.", {"n_neighbors", "<b>"}, {{{"15", "0.5"}, false}, {{"30", "</script>"}, true}}};
  input.reliability = {{{0.2, std::numeric_limits<double>::quiet_NaN(), 7}, {0.91, 1.5, 40}}, 0.03};
  ASSERT_OK(write_report(input, temporary.path()));
  const Json summary = data_of(temporary.path(), "summary");
  EXPECT_EQ(summary["hierarchy"]["parent"], (Json{-1, 0, 0}));
  EXPECT_EQ(summary["hierarchy"]["label"], (Json{-1, 1, 0}));
  EXPECT_EQ(summary["hierarchy"]["distance"], (Json{0.1235, 0.0, 0.0}));
  EXPECT_EQ(summary["tuning"]["rows"][1]["cells"], (Json{"30", "</script>"}));
  EXPECT_EQ(summary["tuning"]["rows"][1]["chosen"], true);
  EXPECT_EQ(summary["reliability"]["agreement"], (Json{0.0, 1.0}));
  EXPECT_EQ(summary["reliability"]["expected_calibration_error"], 0.03);
}

TEST(WriteReport, NearDuplicatesHaveTheirPictures) {
  const TemporaryFolder temporary;
  ReportInput input = make_report_input_for_tests(20, 2);
  input.duplicates = {{1, {"/same"}, {}}, {2, {}, {{"/near \xFF", {}}}}, {3, {}, {{"/a", {}}, {"/b", {}}}}};
  input.thumbnail = [](std::uint32_t i) { return colored_thumbnail(i, 32, 32); };
  std::vector<std::pair<std::size_t, std::size_t>> asked;
  input.near_thumbnail = [&](std::size_t group, std::size_t i) -> Result<std::vector<std::uint8_t>> {
    asked.emplace_back(group, i);
    if (i == 1) return Status::not_found("no thumbnail");
    return colored_thumbnail(1, 40, 20);
  };
  ASSERT_OK(write_report(input, temporary.path()));
  using Asked = std::vector<std::pair<std::size_t, std::size_t>>;
  EXPECT_EQ(asked, (Asked{{2, 0}, {2, 1}, {1, 0}}));
  const Json groups = data_of(temporary.path(), "duplicates-0000");
  EXPECT_EQ(groups[0]["tile"], 0);
  EXPECT_EQ(groups[0]["near"][0]["size"], (Json{26, 20}));  // cut to 4:3
  EXPECT_EQ(groups[0]["near"][1]["size"], (Json{0, 0}));
  EXPECT_EQ(groups[1]["tile"], 2);
  EXPECT_EQ(groups[1]["near"][0]["file"]["link"], "/near%20%FF");
  EXPECT_TRUE(groups[2]["near"].empty());
  EXPECT_TRUE(fs::exists(files_of(temporary.path()) + "/near-0000.jpg"));
  ASSERT_OK(write_report(make_report_input_for_tests(20, 2), temporary.path()));
  EXPECT_FALSE(fs::exists(files_of(temporary.path()) + "/near-0000.jpg"));
}

TEST(WriteReport, PathsOfAnyBytesAreHarmless) {
  const TemporaryFolder temporary;
  ReportInput input;
  input.title = "</title><script>alert('{{files}}')</script>";
  input.images.resize(3);
  const std::string html_path = "/a/</script><img src=x onerror=\"alert(1)\">\n'.jpg";
  input.images[0].path = html_path;
  input.images[1].path = "/b/\xFF\xFE \"q\".jpg";
  input.images[2].path = "relative.jpg";
  input.skipped = {{"/\xC3\x28", "corrupt", "a \xFF message"}};
  ASSERT_OK(write_report(input, temporary.path()));
  const std::string html = read_text_file(temporary.file("index.html"));
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;alert"), std::string::npos);
  const Json paths = data_of(temporary.path(), "paths-0000");
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string folder = paths["folders"][paths["at"][i].get<std::size_t>()];
    places[folder + paths["names"][i].get<std::string>()] = i;
  }
  EXPECT_TRUE(places.contains("relative.jpg"));
  ASSERT_TRUE(places.contains("/b/\xEF\xBF\xBD\xEF\xBF\xBD \"q\".jpg"));
  const std::size_t broken = places["/b/\xEF\xBF\xBD\xEF\xBF\xBD \"q\".jpg"];
  EXPECT_EQ(paths["links"][std::to_string(broken)], "/b/%FF%FE%20%22q%22.jpg");
  EXPECT_EQ(paths["links"].size(), 1U);
}

TEST(WriteReport, NothingAtAllIsAPageToo) {
  const TemporaryFolder temporary;
  ReportInput input;
  input.thumbnail = [](std::uint32_t i) { return colored_thumbnail(i, 8, 8); };
  ASSERT_OK(write_report(input, temporary.path()));
  const Json summary = data_of(temporary.path(), "summary");
  EXPECT_EQ(summary["images"], 0);
  EXPECT_TRUE(summary["clusters"].empty());
  EXPECT_EQ(data_of(temporary.path(), "points")["x"], "");
  EXPECT_FALSE(fs::exists(files_of(temporary.path()) + "/paths-0000.js"));
}

TEST(WriteReport, WithoutClustersAllIsNoise) {
  const TemporaryFolder temporary;
  ReportInput input = make_report_input_for_tests(50, 0);
  input.noise = {7, 7, 3};  // the rest follows
  ASSERT_OK(write_report(input, temporary.path()));
  EXPECT_EQ(base64_bytes(data_of(temporary.path(), "summary")["noise"]), 50 * 4);
}

TEST(WriteReport, RefusesIndicesThatLeadNowhere) {
  const TemporaryFolder temporary;
  const std::string folder = temporary.file("page");
  const auto refused = [&](const ReportInput& input) {
    const Status status = write_report(input, folder);
    return status.code() == ErrorCode::invalid_argument && !fs::exists(folder);
  };
  const ReportInput good = make_report_input_for_tests(20, 2);
  ReportInput input = good;
  input.images[4].label = 2;
  EXPECT_TRUE(refused(input));
  input = good;
  input.images[4].label = -2;
  EXPECT_TRUE(refused(input));
  input = good;
  input.noise.push_back(20);
  EXPECT_TRUE(refused(input));
  input = good;
  input.clusters[1].typical.push_back(20);
  EXPECT_TRUE(refused(input));
  input = good;
  input.clusters[0].doubtful.push_back(99);
  EXPECT_TRUE(refused(input));
  input = good;
  input.duplicates = {{20, {"/copy"}, {}}};
  EXPECT_TRUE(refused(input));
  input = good;
  input.noise_groups = {{{3, 20}}};
  EXPECT_TRUE(refused(input));
  input = good;
  input.images[4].nearest_clusters = {2};
  EXPECT_TRUE(refused(input));
  input.images[4].nearest_clusters = {-1};
  EXPECT_TRUE(refused(input));
  input = good;
  input.hierarchy = {{-1, -1, 0.5, 18}, {0, 0, 0.0, 9}, {0, 2, 0.0, 9}};
  EXPECT_TRUE(refused(input));
  input.hierarchy = {{-1, 0, 0.0, 18}, {0, 1, 0.0, 9}};  // under a cluster
  EXPECT_TRUE(refused(input));
  input.hierarchy = {{0, -1, 0.0, 18}};
  EXPECT_TRUE(refused(input));
  input = good;
  input.tuning.columns = {"a", "b"};
  input.tuning.rows = {{{"1"}, true}};
  EXPECT_TRUE(refused(input));
  input = make_report_input_for_tests(20, 2);
  input.tree = {{-1, -1, 0.5, 2.0, {20}}, {1, 0, 2.0, 3.0, {9}}};
  EXPECT_TRUE(refused(input));
  input.tree = {{-1, -1, 0.0, 2.0, {20}}};
  EXPECT_TRUE(refused(input));
  input.tree = {{-1, 2, 0.5, 2.0, {20}}};
  EXPECT_TRUE(refused(input));
}

class CancelAfter : public Progress {
 public:
  explicit CancelAfter(std::uint64_t done) : limit_(done) {}
  void report(const ProgressEvent& event) override { done_ = event.done; }
  bool cancelled() override { return done_ >= limit_; }

 private:
  std::uint64_t limit_;
  std::uint64_t done_ = 0;
};

TEST(WriteReport, ACancelledPageLeavesTheOldOne) {
  const TemporaryFolder temporary;
  ReportInput input = make_report_input_for_tests(900, 3);
  ASSERT_OK(write_report(input, temporary.path()));
  const auto before = all_files(temporary.path());
  input.thumbnail = [](std::uint32_t i) { return colored_thumbnail(i, 16, 16); };
  CancelAfter progress(400);
  EXPECT_EQ(write_report(input, temporary.path(), progress).code(), ErrorCode::cancelled);
  EXPECT_EQ(all_files(temporary.path()), before);
}

TEST(WriteReport, IsTheSameAtAnyThreadCount) {
  ReportInput input = make_report_input_for_tests(400, 5);
  input.thumbnail = [](std::uint32_t i) { return colored_thumbnail(i, 40, 30); };
  std::map<std::string, std::string> expected;
  for (const int threads : {1, 2, 4}) {
    const TemporaryFolder temporary;
    set_thread_count(threads);
    ASSERT_OK(write_report(input, temporary.path()));
    if (threads == 1) expected = all_files(temporary.path());
    EXPECT_EQ(all_files(temporary.path()), expected);
  }
  set_thread_count(0);
}

// 150,000 images: what is loaded to see the map must stay small.
TEST(WriteReport, AHundredAndFiftyThousandImages) {
  const TemporaryFolder temporary;
  ReportInput input = make_report_input_for_tests(150'000, 300);
  for (std::size_t i = 0; i < input.images.size(); ++i) {
    ReportImage& image = input.images[i];
    image.tier = static_cast<Tier>(i % 3);
    image.confidence = image.probability;
    if (image.label >= 0) continue;
    image.reason = static_cast<NoiseReason>(1 + i / 10 % 4);
    image.nearest_clusters = {static_cast<std::int32_t>(i % 300), 7, 9};
  }
  ASSERT_OK(write_report(input, temporary.path()));
  const std::string files = files_of(temporary.path());
  EXPECT_LT(fs::file_size(files + "/points.js") + fs::file_size(files + "/summary.js"), 4'600'000U);
  EXPECT_LT(fs::file_size(files + "/paths-0000.js"), 200'000U);
  EXPECT_TRUE(fs::exists(files + "/paths-0036.js"));
  EXPECT_FALSE(fs::exists(files + "/paths-0037.js"));
}

}  // namespace
}  // namespace clipcluster
