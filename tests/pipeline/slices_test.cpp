// Slices, metadata and comparisons of projects of vectors: quick, and no picture is needed.
#include "clipcluster/slices.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "clipcluster/compare.h"
#include "clipcluster/project.h"
#include "clipcluster/random.h"
#include "pipeline/condition.h"
#include "pipeline/metadata.h"
#include "pipeline/selection.h"
#include "pipeline/wildcards.h"
#include "support/support.h"

namespace clipcluster::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t kRows = 160;

// Row i lies in one of two far groups (i % 2), and there in one of two near ones (i / 2 % 2).
MatrixF nested_blobs(std::size_t rows = kRows) {
  const CounterRandom random(5, "nested blobs");
  MatrixF points(rows, 8);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < 8; ++j) points(i, j) = static_cast<float>(0.05 * random.normal(i, j));
    points(i, i % 2) += 5.0F;
    points(i, 2 + i / 2 % 2) += 1.0F;
  }
  return points;
}

// PCA: the tests are about what is done with clusters, not about how they are found.
FitOptions options(int min_cluster_size) {
  FitOptions fit;
  fit.reducer = Reducer::pca;
  fit.pca.n_components = 3;
  fit.min_cluster_size = min_cluster_size;
  return fit;
}

class Slices : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_OK(fit_embeddings(parent(), nested_blobs(), {}, options(50))); }
  std::string parent() const { return folder_.file("p"); }
  RefineOptions refine(std::vector<std::string> clusters) const {
    RefineOptions wanted;
    wanted.clusters = std::move(clusters);
    wanted.fit = options(20);
    return wanted;
  }
  TemporaryFolder folder_;
};

TEST_F(Slices, AClusterFallsApartByItself) {
  ASSERT_EQ(project_info(parent())->clusters.size(), 2U);
  const auto made = refine_project(parent(), "", refine({"1"}));
  ASSERT_OK(made);
  EXPECT_TRUE(made->made);
  EXPECT_EQ(made->folder, parent() + "/slices/cluster-1");
  EXPECT_EQ(made->run.files, 80U);
  EXPECT_EQ(made->run.embedded, 0U);
  EXPECT_EQ(made->run.clusters, 2U);

  const auto info = project_info(made->folder);
  ASSERT_OK(info);
  EXPECT_EQ(info->kind, ProjectKind::vectors);
  ASSERT_TRUE(info->slice);
  EXPECT_EQ(info->slice->parent, parent());
  EXPECT_THAT(info->slice->clusters, ElementsAre(1));
  EXPECT_EQ(info->space->fingerprint, project_info(parent())->space->fingerprint);
  EXPECT_EQ(info->runs.back().command, "refine");

  const auto assigner = Assigner::open(made->folder);
  ASSERT_OK(assigner);
  const MatrixF points = nested_blobs();
  const auto answers = assigner->assign_vectors(points);
  ASSERT_OK(answers);
  std::set<std::size_t> parities;
  for (std::size_t i = 0; i < kRows; ++i) {
    if ((*answers)[i].known) parities.insert(i % 2);
  }
  EXPECT_EQ(parities.size(), 1U);
}

TEST_F(Slices, AgainIsUpToDateAndEqualToAnew) {
  const auto first = refine_project(parent(), "", refine({"0"}));
  ASSERT_OK(first);
  const auto again = refine_project(parent(), "", refine({"0"}));
  ASSERT_OK(again);
  EXPECT_FALSE(again->made);
  EXPECT_TRUE(again->run.fit_reused);

  // More rows, in the parent's new order: the slice follows, as if it were made now.
  ASSERT_OK(fit_embeddings(parent(), nested_blobs(kRows + 40), {}, options(50)));
  const auto grown = refine_project(parent(), "", refine({"0"}));
  ASSERT_OK(grown);
  EXPECT_FALSE(grown->made);
  const auto anew = refine_project(parent(), folder_.file("anew"), refine({"0"}));
  ASSERT_OK(anew);
  EXPECT_EQ(grown->run.files, anew->run.files);
  EXPECT_NE(grown->run.files, first->run.files);
  const auto a = Project::open(grown->folder);
  const auto b = Project::open(anew->folder);
  EXPECT_EQ(a->fit()->value().key, b->fit()->value().key);
}

TEST_F(Slices, OfASliceAndByNameAndTogether) {
  auto project = Project::open_for_writing(parent(), ProjectKind::vectors);
  ASSERT_OK(project);
  ASSERT_OK(project->set_cluster_name(1, "odd ones"));
  project = Status::internal("closed");
  const auto slice = refine_project(parent(), "", refine({"odd ones"}));
  ASSERT_OK(slice);
  EXPECT_THAT(slice->origin.clusters, ElementsAre(1));
  RefineOptions smaller = refine({"0"});
  smaller.fit = options(10);
  const auto inner = refine_project(slice->folder, "", smaller);
  ASSERT_OK(inner);
  EXPECT_EQ(inner->folder, slice->folder + "/slices/cluster-0");
  EXPECT_EQ(inner->run.files, 40U);
  const auto both = refine_project(parent(), "", refine({"1", "odd ones", "0"}));
  ASSERT_OK(both);
  EXPECT_EQ(fs::path(both->folder).filename(), "cluster-0+1");
  EXPECT_EQ(both->run.clusters, 4U);
}

TEST_F(Slices, MoveWithTheirParent) {
  ASSERT_OK(refine_project(parent(), "", refine({"0"})));
  fs::rename(parent(), folder_.file("moved"));
  EXPECT_EQ(project_info(folder_.file("moved/slices/cluster-0"))->slice->parent, folder_.file("moved"));
  const auto again = refine_project(folder_.file("moved"), "", refine({"0"}));
  ASSERT_OK(again);
  EXPECT_FALSE(again->made);
}

TEST_F(Slices, RefusalsSayWhatToDo) {
  const auto message = [&](const std::string& folder, const RefineOptions& wanted) {
    return refine_project(parent(), folder, wanted).status().message();
  };
  EXPECT_THAT(message("", refine({"2"})), HasSubstr("no cluster '2'; the clusters are 0 to 1"));
  EXPECT_THAT(message("", refine({"-1"})), HasSubstr("no cluster '-1'"));
  EXPECT_THAT(message("", refine({"cats"})), HasSubstr("no cluster 'cats'"));
  EXPECT_THAT(message("", refine({})), HasSubstr("no cluster is chosen"));
  RefineOptions coarse = refine({"0"});
  coarse.fit = options(41);
  EXPECT_THAT(message("", coarse),
              HasSubstr("80 different images: too few for two clusters of at least 41"));
  EXPECT_THAT(message("", coarse), HasSubstr("--min-cluster-size 40"));
  EXPECT_FALSE(fs::exists(parent() + "/slices"));  // nothing is begun that cannot be done

  ASSERT_OK(fit_embeddings(folder_.file("other"), nested_blobs(), {}, options(50)));
  EXPECT_THAT(message(folder_.file("other"), refine({"0"})), HasSubstr("a project of its own"));
  write_text_file(folder_.file("notes.txt"), "mine");
  EXPECT_THAT(message(folder_.path(), refine({"0"})), HasSubstr("not empty"));
  const auto slice = refine_project(parent(), folder_.file("slice"), refine({"0"}));
  ASSERT_OK(slice);
  EXPECT_THAT(message(folder_.file("slice"), refine({"1"})),
              HasSubstr("most of those in a cluster are in cluster 0"));
  EXPECT_THAT(
      refine_project(folder_.file("other"), folder_.file("slice"), refine({"0"})).status().message(),
      HasSubstr("a slice of another project"));
  EXPECT_THAT(fit_embeddings(folder_.file("slice"), nested_blobs(), {}, options(50)).status().message(),
              HasSubstr("clipcluster refine"));
  const auto writer = Project::open_for_writing(parent(), ProjectKind::vectors);
  ASSERT_OK(writer);
  EXPECT_THAT(message("", refine({"0"})), HasSubstr("is writing to this project"));
}

TEST_F(Slices, ValuesOfAColumnForEachCluster) {
  std::string csv = "\xEF\xBB\xBFpath,country,note\r\n";
  for (std::size_t i = 0; i + 1 < kRows; ++i)
    csv += std::to_string(i) + "," + (i % 2 == 0 ? "DE" : "\"F,R\"") + ",\r\n";
  write_text_file(folder_.file("m.csv"), csv);
  const auto counts = count_values(parent(), "country", folder_.file("m.csv"));
  ASSERT_OK(counts);
  EXPECT_THAT(counts->values, ElementsAre("DE", "F,R"));
  ASSERT_EQ(counts->rows.size(), 3U);
  std::uint64_t without = 0;
  for (const ValueCounts::Row& row : counts->rows) {
    EXPECT_EQ(row.files, row.counts[0] + row.counts[1] + row.without);
    EXPECT_TRUE(row.counts[0] == 0 || row.counts[1] == 0);
    without += row.without;
  }
  EXPECT_EQ(counts->rows[0].files, 80U);
  EXPECT_EQ(counts->rows[2].label, -1);
  EXPECT_EQ(counts->rows[2].files, 0U);
  EXPECT_EQ(without, 1U);
  EXPECT_THAT(count_values(parent(), "land", folder_.file("m.csv")).status().message(),
              HasSubstr("no column 'land'; beside path it has country, note"));
  EXPECT_THAT(count_values(parent(), "country").status().message(), HasSubstr("give --metadata"));
  EXPECT_FALSE(count_values(parent(), "folder").is_ok());  // rows lie in no folder
}

TEST_F(Slices, ComparedWithTheirParentAndWithAFinerFit) {
  ASSERT_OK(fit_embeddings(folder_.file("fine"), nested_blobs(), {}, options(20)));
  const auto found = compare_projects(parent(), folder_.file("fine"));
  ASSERT_OK(found);
  EXPECT_FALSE(found->by_content);
  EXPECT_EQ(found->common, kRows);
  for (const ClusterMatch& match : found->correspondence.first) {
    EXPECT_EQ(match.fate, ClusterFate::split);
    EXPECT_EQ(match.partners.size(), 2U);
  }
  EXPECT_LT(found->adjusted_rand_index, 0.7);

  const auto slice = refine_project(parent(), "", refine({"0"}));
  ASSERT_OK(slice);
  const auto part = compare_projects(slice->folder, parent());
  ASSERT_OK(part);
  EXPECT_EQ(part->common, 80U);
  EXPECT_EQ(part->correspondence.first[0].fate, ClusterFate::merged);
  EXPECT_EQ(part->correspondence.second[1].fate, ClusterFate::only);
  EXPECT_EQ(part->correspondence.second[1].size, 0U);

  const auto itself = compare_projects(parent(), parent());
  EXPECT_EQ(itself->adjusted_rand_index, 1.0);
  EXPECT_EQ(itself->correspondence.kept, kRows);

  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f", "g", "h"};
  ASSERT_OK(fit_embeddings(folder_.file("few"), nested_blobs(8), names, options(2)));
  const auto nothing = compare_projects(parent(), folder_.file("few"));
  ASSERT_OK(nothing);
  EXPECT_EQ(nothing->common, 0U);
  EXPECT_EQ(nothing->adjusted_rand_index, 0.0);
  EXPECT_EQ(compare_projects(parent(), folder_.file("none")).status().code(), ErrorCode::not_found);
}

TEST_F(Slices, HierarchyOfTheClusters) {
  const auto slice = refine_project(parent(), "", refine({"0", "1"}));
  ASSERT_OK(slice);
  const auto info = project_info(slice->folder);
  ASSERT_OK(info);
  ASSERT_EQ(info->hierarchy.size(), 7U);  // two pairs
  EXPECT_EQ(info->hierarchy[0].parent, -1);
  EXPECT_EQ(info->hierarchy[0].size, kRows - info->noise);
  std::vector<int> leaves(7, 0);
  for (const ReportHierarchyNode& node : info->hierarchy) {
    if (node.label >= 0) ++leaves[static_cast<std::size_t>(node.parent)];
  }
  EXPECT_EQ(std::count(leaves.begin(), leaves.end(), 2), 2);
}

TEST(Wildcards, MatchWholeTexts) {
  using internal::wildcards_match;
  EXPECT_TRUE(wildcards_match("*/cats/*", "/a/cats/b/c.jpg"));
  EXPECT_FALSE(wildcards_match("*/cats/*", "/a/cats"));
  EXPECT_TRUE(wildcards_match("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(wildcards_match("a*b*c", "a-c-b"));
  EXPECT_TRUE(wildcards_match("?", "\xC3\xA4"));
  EXPECT_FALSE(wildcards_match("?", ""));
  EXPECT_TRUE(wildcards_match("", ""));
  EXPECT_TRUE(wildcards_match("**", ""));
  EXPECT_TRUE(wildcards_match("a\\*", "a*"));
  EXPECT_FALSE(wildcards_match("a\\*", "ab"));
  EXPECT_FALSE(wildcards_match("DE", "de"));
  const std::string many(2000, 'a');  // no backtracking into earlier stars
  EXPECT_FALSE(wildcards_match("*a*a*a*a*a*a*a*a*b", many));
}

TEST(Condition, ReadsNamesPatternsAndQuotes) {
  using internal::parse_condition;
  EXPECT_EQ(parse_condition(" country=DE ")->pattern, "DE");
  EXPECT_FALSE(parse_condition("age != 1?")->equal);
  EXPECT_TRUE(parse_condition("age !=")->holds_for("x"));
  EXPECT_FALSE(parse_condition("age !=")->holds_for(""));
  EXPECT_EQ(parse_condition("\"a = \"\"b\"\"\" = \" c\"")->name, "a = \"b\"");
  EXPECT_EQ(parse_condition("\"a = \"\"b\"\"\" = \" c\"")->pattern, " c");
  for (const char* wrong : {"", "cats", "= DE", "a ! b", "a == b", "\"a = b", "!= x"}) {
    EXPECT_THAT(parse_condition(wrong).status().message(), HasSubstr("NAME = PATTERN")) << wrong;
  }
  const auto cats = *parse_condition("path = cats/*");
  EXPECT_TRUE(cats.holds_for_path("/photos/cats/1.jpg"));
  EXPECT_FALSE(cats.holds_for_path("/photos/bobcats/1.jpg"));
  EXPECT_FALSE(parse_condition("path = /cats/*")->holds_for_path("/photos/cats/1.jpg"));
}

TEST(Metadata, IsJoinedByPathAndToldWhenWrong) {
  const TemporaryFolder folder;
  const std::string file = folder.file("m.csv");
  write_text_file(file, "user, path \r\nann,in/1.jpg\r\n\"b\nob\"," + folder.file("in/2.jpg") +
                            "\r\ncid,in/./1.jpg\r\n");
  const auto metadata = internal::Metadata::read(file);
  ASSERT_OK(metadata);
  EXPECT_THAT(metadata->columns(), ElementsAre("user"));
  ASSERT_NE(metadata->line_of(folder.file("in/1.jpg")), nullptr);
  EXPECT_EQ((*metadata->line_of(folder.file("in/1.jpg")))[0], "ann");
  EXPECT_EQ((*metadata->line_of(folder.file("in/2.jpg")))[0], "b\nob");
  EXPECT_EQ(metadata->line_of("/in/1.jpg"), nullptr);
  EXPECT_EQ(metadata->repeated(), 1U);
  const auto message = [&](const std::string& text) {
    write_text_file(file, text);
    return internal::Metadata::read(file).status().message();
  };
  EXPECT_THAT(message(""), HasSubstr("is empty"));
  EXPECT_THAT(message("file;country\n"), HasSubstr("no column 'path', but file;country"));
  EXPECT_THAT(message("path,a,a\n"), HasSubstr("'a' twice"));
  EXPECT_THAT(message("path,a\nx,1\ny\n"), HasSubstr("line 3 of"));
  EXPECT_THAT(message("path,a\nx,\"1\n"), HasSubstr("line 2 of"));
  EXPECT_THAT(internal::Metadata::read(folder.path()).status().message(), HasSubstr("is a folder"));
  EXPECT_EQ(internal::Metadata::read(folder.file("none")).status().code(), ErrorCode::not_found);
}

TEST(Selection, TakesWhatMeetsEveryCondition) {
  const TemporaryFolder folder;
  write_text_file(folder.file("m.csv"), "path,country\na/1.jpg,DE\na/2.jpg,FR\nb/1.jpg,DE\n");
  FindResult found;
  for (const char* name : {"a/1.jpg", "a/2.jpg", "a/3.jpg", "b/1.jpg"})
    found.files.push_back({folder.file(name), folder.path(), 1, 1});
  found.skipped.push_back({folder.file("b/4.jpg"), SkipReason::corrupt, ""});
  const auto select = [&](std::vector<std::string> where, FindResult& from, SelectionFigures& figures) {
    const auto selector = internal::Selector::make({std::move(where), folder.file("m.csv")});
    return selector.is_ok() ? selector->select(from, figures) : selector.status();
  };
  FindResult taken = found;
  SelectionFigures figures;
  ASSERT_OK(select({"path = a/*", "country = DE"}, taken, figures));
  ASSERT_EQ(taken.files.size(), 1U);
  EXPECT_EQ(taken.files[0].path, folder.file("a/1.jpg"));
  EXPECT_TRUE(taken.skipped.empty());
  EXPECT_EQ(figures.found, 4U);
  EXPECT_EQ(figures.taken, 1U);
  EXPECT_EQ(figures.without_metadata, 1U);
  taken = found;
  ASSERT_OK(select({"country != DE"}, taken, figures));
  EXPECT_EQ(taken.files.size(), 1U);  // a/3.jpg has no country that could be another one
  taken = found;
  EXPECT_THAT(select({"path = b/*", "country = XX"}, taken, figures).message(),
              HasSubstr("none of 4 images meets every condition: 'path = b/*' holds for 1, 'country = XX' "
                        "holds for 0 (country is there DE, FR); 1 have no line"));
  EXPECT_EQ(taken.files.size(), 4U);
  EXPECT_THAT(select({"land = DE"}, taken, figures).message(), HasSubstr("beside path it has country"));
  EXPECT_THAT(internal::Selector::make({{"land = DE"}, ""}).status().message(), HasSubstr("--metadata"));
}

}  // namespace
}  // namespace clipcluster::testing
