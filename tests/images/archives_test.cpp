// Zip and tar archives read in place: which members are found, what they hold, what hostile ones do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "clipcluster/images.h"
#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "support/archives.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using ::testing::ElementsAre;
using testing::gnu_long_member;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::pax_member;
using testing::read_text_file;
using testing::set_tar_checksum;
using testing::tar_end;
using testing::tar_member;
using testing::TemporaryFolder;
using testing::ustar_prefix_member;
using testing::write_text_file;
using testing::zip_archive;
using testing::ZipMember;

const std::string kPng = "\x89PNG\r\n\x1a\n and so on";

std::string long_text(std::size_t size) {
  std::string text = kPng;
  while (text.size() < size) text += "compressible text, number " + std::to_string(text.size()) + "\n";
  return text;
}

class ArchivesTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.file(name); }
  std::string write(const std::string& name, const std::string& content) const {
    write_text_file(path(name), content);
    return path(name);
  }
  FindResult find(const std::vector<std::string>& names, const FindOptions& options = {}) const {
    std::vector<std::string> inputs;
    for (const std::string& name : names) inputs.push_back(name.empty() ? folder_.path() : path(name));
    auto found = find_images(inputs, options);
    EXPECT_OK(found);
    return std::move(found).value();
  }
  // Paths below the test's folder.
  std::vector<std::string> names(const FindResult& found) const {
    std::vector<std::string> result;
    for (const FoundFile& one : found.files) result.push_back(one.path.substr(folder_.path().size() + 1));
    return result;
  }
  std::vector<std::string> skipped(const FindResult& found) const {
    std::vector<std::string> result;
    for (const SkippedFile& one : found.skipped) {
      EXPECT_TRUE(one.message.ends_with(".")) << one.message;
      result.push_back(one.path.substr(folder_.path().size() + 1) + " " + skip_reason_name(one.reason));
    }
    return result;
  }
  // The content, or the reason why it cannot be read.
  std::string content(const std::string& name, const DecodeOptions& options = {}) const {
    const auto read = read_image_file(path(name), options);
    if (const auto* failure = std::get_if<DecodeFailure>(&read)) return skip_reason_name(failure->reason);
    const auto& bytes = std::get<std::vector<std::uint8_t>>(read);
    return {bytes.begin(), bytes.end()};
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(ArchivesTest, ZipMembersAreFilesBelowTheArchive) {
  const std::string large = long_text(300'000);
  write("a.zip", zip_archive({{.name = "cats/2.png", .content = kPng},
                              {.name = "cats/", .content = ""},
                              {.name = "cats/1.jpg", .content = large, .deflated = true},
                              {.name = "no extension", .content = long_text(9000), .deflated = true},
                              {.name = "notes.txt", .content = "text"},
                              {.name = ".hidden.png", .content = kPng},
                              {.name = "__MACOSX/._2.png", .content = kPng},
                              {.name = "empty.png", .content = ""}}));
  const FindResult found = find({"a.zip"});
  EXPECT_THAT(names(found), ElementsAre("a.zip/cats/1.jpg", "a.zip/cats/2.png", "a.zip/no extension"));
  EXPECT_THAT(skipped(found), ElementsAre("a.zip/empty.png empty"));
  EXPECT_EQ(found.other_files, 1U);
  EXPECT_EQ(found.files[0].bytes, large.size());
  EXPECT_EQ(found.files[0].input, path("a.zip"));
  EXPECT_EQ(content("a.zip/cats/1.jpg"), large);
  EXPECT_EQ(content("a.zip/cats/2.png"), kPng);
  EXPECT_EQ(content("a.zip/no extension"), long_text(9000));
  EXPECT_EQ(content("a.zip/cats/3.png"), "not_found");
  EXPECT_EQ(content("b.zip/cats/1.jpg"), "not_found");
  EXPECT_EQ(content("a.zip/empty.png"), "empty");
  EXPECT_THAT(names(find({"a.zip"}, {.include_hidden = true})),
              ElementsAre("a.zip/.hidden.png", "a.zip/__MACOSX/._2.png", "a.zip/cats/1.jpg",
                          "a.zip/cats/2.png", "a.zip/no extension"));
}

TEST_F(ArchivesTest, ZipInItsLargeFormAndWithBytesAround) {
  const std::vector<ZipMember> members = {{.name = "1.png", .content = kPng},
                                          {.name = "2.png", .content = long_text(5000), .deflated = true}};
  write("large.zip", zip_archive(members, {.zip64 = true}));
  write("commented.zip", zip_archive(members, {.comment = "PK\5\6 is not the end"}));
  write("extracts itself.zip", zip_archive(members, {.before = "MZ a program"}));
  for (const std::string name : {"large.zip", "commented.zip", "extracts itself.zip"}) {
    const FindResult found = find({name});
    EXPECT_THAT(names(found), ElementsAre(name + "/1.png", name + "/2.png"));
    EXPECT_THAT(skipped(found), IsEmpty());
    EXPECT_EQ(content(name + "/1.png"), kPng);
    EXPECT_EQ(content(name + "/2.png"), long_text(5000));
  }
}

TEST_F(ArchivesTest, TarInAllItsDialects) {
  const std::string deep = std::string(120, 'd') + "/gnu.png";
  write("a.tar",
        tar_member("./1.png", kPng) + tar_member("folder/", "", '5') + tar_member("old/", "") +
            gnu_long_member(deep, long_text(700)) + ustar_prefix_member("prefix", "ustar.png", kPng) +
            pax_member({{"path", "p\xc3\xa4x.png"}, {"mtime", "1.5"}}, "pax.png", long_text(1024)) +
            tar_member("label", "", 'V') + tar_member("hard.png", "", '1', "1.png") +
            tar_member("soft.png", "", '2', "1.png") + tar_member("lost.png", "", '1', "nothing") +
            tar_member("pipe.png", "", '6') + tar_member("tail", kPng, '\0') + tar_end());
  const FindResult found = find({"a.tar"});
  EXPECT_THAT(names(found), ElementsAre("a.tar/1.png", "a.tar/" + deep, "a.tar/hard.png",
                                        "a.tar/prefix/ustar.png", "a.tar/p\xc3\xa4x.png", "a.tar/tail"));
  EXPECT_THAT(skipped(found), ElementsAre("a.tar/lost.png link_loop", "a.tar/pipe.png not_a_regular_file",
                                          "a.tar/soft.png not_a_regular_file"));
  for (const std::string name : {"1.png", "hard.png", "prefix/ustar.png", "tail"}) {
    EXPECT_EQ(content("a.tar/" + name), kPng) << name;
  }
  EXPECT_EQ(content("a.tar/" + deep), long_text(700));
  EXPECT_EQ(content("a.tar/p\xc3\xa4x.png"), long_text(1024));
}

TEST_F(ArchivesTest, TarSizesInPaxRecordsAndInBinary) {
  std::string binary = tar_member("binary.png", kPng);
  binary.replace(124, 12, std::string("\x80") + std::string(10, '\0') + static_cast<char>(kPng.size()));
  set_tar_checksum(binary, 0);
  std::string pax = pax_member({{"size", std::to_string(kPng.size())}}, "pax.png", kPng);
  pax.replace(1024 + 124, 11, "00000000000");
  set_tar_checksum(pax, 1024);
  write("a.tar", binary + pax);  // and no end, as many shards have none
  EXPECT_THAT(names(find({"a.tar"})), ElementsAre("a.tar/binary.png", "a.tar/pax.png"));
  EXPECT_EQ(content("a.tar/binary.png"), kPng);
  EXPECT_EQ(content("a.tar/pax.png"), kPng);
}

TEST_F(ArchivesTest, InputsInsideArchives) {
  write("a.zip", zip_archive({{.name = "cats/1.png", .content = kPng},
                              {.name = "cats/2.png", .content = kPng},
                              {.name = "cats.png", .content = kPng},
                              {.name = "dogs/.old/3", .content = "text"}}));
  EXPECT_THAT(names(find({"a.zip/cats"})), ElementsAre("a.zip/cats/1.png", "a.zip/cats/2.png"));
  EXPECT_THAT(names(find({"a.zip/cats/", "a.zip"})),
              ElementsAre("a.zip/cats/1.png", "a.zip/cats/2.png", "a.zip/cats.png"));
  EXPECT_THAT(names(find({"a.zip/cats/2.png"})), ElementsAre("a.zip/cats/2.png"));
  EXPECT_THAT(names(find({"a.zip/dogs/.old"})), IsEmpty());
  EXPECT_THAT(names(find({"a.zip/dogs/.old/3"})), ElementsAre("a.zip/dogs/.old/3"));
  EXPECT_THAT(skipped(find({"a.zip/birds"})), ElementsAre("a.zip/birds not_found"));
  EXPECT_TRUE(is_image_collection(path("a.zip")));
  EXPECT_TRUE(is_image_collection(path("a.zip/cats")));
  EXPECT_TRUE(is_image_collection(path("")));
  EXPECT_FALSE(is_image_collection(path("a.zip/cats/2.png")));
  EXPECT_FALSE(is_image_collection(path("a.zip/birds")));
  EXPECT_FALSE(is_image_collection(path("b.zip")));
}

class Notes : public Progress {
 public:
  void note(std::string_view sentence) override { notes.emplace_back(sentence); }
  std::vector<std::string> notes;
};

TEST_F(ArchivesTest, ArchivesInFoldersAreCountedUnlessAskedFor) {
  const std::string inner = zip_archive({{.name = "2.png", .content = kPng}});
  ASSERT_EQ(mkdir(path("in").c_str(), 0755), 0);
  write("in/0.png", kPng);
  write("in/a.ZIP", zip_archive({{.name = "1.png", .content = kPng}, {.name = "b.zip", .content = inner}}));
  write("in/c.tar.gz", "\x1f\x8b and so on");
  const std::vector<std::string> inputs = {path("in")};
  Notes notes;
  const auto plain = find_images(inputs, {}, notes);
  ASSERT_OK(plain);
  EXPECT_THAT(names(*plain), ElementsAre("in/0.png"));
  EXPECT_EQ(plain->archives, 1U);
  EXPECT_THAT(notes.notes, ElementsAre(HasSubstr("archive")));
  const FindResult all = find({"in"}, {.archives_in_folders = true});
  EXPECT_THAT(names(all), ElementsAre("in/0.png", "in/a.ZIP/1.png"));
  EXPECT_THAT(skipped(all), ElementsAre("in/c.tar.gz unsupported_format"));
  EXPECT_EQ(all.archives, 0U);
  EXPECT_EQ(all.nested_archives, 1U);
}

TEST_F(ArchivesTest, NamesAreBytesAndNeverLeadOutside) {
  const std::vector<ZipMember> members = {{.name = "/absolute.png", .content = kPng},
                                          {.name = "../up.png", .content = kPng},
                                          {.name = ".//a/./dot.png", .content = kPng},
                                          {.name = "invalid \xff\n.png", .content = kPng},
                                          {.name = std::string("nul.png\0.txt", 12), .content = kPng},
                                          {.name = "w\\i.png", .content = kPng, .made_by = 0},
                                          {.name = "u\\i.png", .content = kPng},
                                          {.name = std::string(5000, 'n') + ".png", .content = kPng}};
  write("a.zip", zip_archive(members));
  const FindResult found = find({"a.zip"});
  EXPECT_THAT(names(found),
              ElementsAre("a.zip/../up.png", "a.zip/a/dot.png", "a.zip/absolute.png",
                          "a.zip/invalid \xff\n.png", "a.zip/" + std::string(5000, 'n') + ".png",
                          "a.zip/nul.png", "a.zip/u\\i.png", "a.zip/w/i.png"));
  for (const std::string& name : names(found)) EXPECT_EQ(content(name), kPng) << name;
}

TEST_F(ArchivesTest, OfEqualNamesTheLastStaysAsWhenUnpacking) {
  write("a.zip", zip_archive({{.name = "1.png", .content = kPng + "old"},
                              {.name = "./1.png", .content = kPng + "new"}}));
  write("a.tar", tar_member("1.png", kPng + "old") + tar_member("1.png", kPng + "new") + tar_end());
  for (const std::string name : {"a.zip", "a.tar"}) {
    const FindResult found = find({name});
    EXPECT_THAT(names(found), ElementsAre(name + "/1.png"));
    EXPECT_EQ(found.other_files, 1U);
    EXPECT_EQ(content(name + "/1.png"), kPng + "new");
  }
}

TEST_F(ArchivesTest, RefusesHostileZipMembers) {
  const std::string bomb(3'000'000, '\0');
  write("a.zip",
        zip_archive({
            {.name = "1 fine.png", .content = kPng},
            {.name = "2 encrypted.png", .content = kPng, .flags = 1},
            {.name = "3 lzma.png", .content = kPng, .method = 14},
            {.name = "4 larger.png", .content = bomb, .deflated = true, .declared_bytes = 2'900'000},
            {.name = "5 smaller.png", .content = bomb, .deflated = true, .declared_bytes = 3'000'001},
            {.name = "6 checksum.png", .content = kPng, .checksum_error = 1},
            {.name = "7 lies.png", .content = kPng, .deflated = true, .declared_bytes = 1 << 30},
            {.name = "8 link.png", .content = "1 fine.png", .unix_mode = S_IFLNK | 0777},
            {.name = "9 same.png", .content = kPng, .same_place_as = 0},
            {.name = "large.png", .content = bomb, .deflated = true},
        }));
  const FindResult found = find({"a.zip"});
  EXPECT_THAT(names(found), ElementsAre("a.zip/1 fine.png", "a.zip/4 larger.png", "a.zip/5 smaller.png",
                                        "a.zip/6 checksum.png", "a.zip/large.png"));
  EXPECT_THAT(skipped(found),
              ElementsAre("a.zip/2 encrypted.png unsupported_format", "a.zip/3 lzma.png unsupported_format",
                          "a.zip/7 lies.png corrupt", "a.zip/8 link.png not_a_regular_file",
                          "a.zip/9 same.png corrupt"));
  EXPECT_EQ(content("a.zip/1 fine.png"), kPng);
  EXPECT_EQ(content("a.zip/2 encrypted.png"), "unsupported_format");
  for (const std::string name : {"4 larger.png", "5 smaller.png", "6 checksum.png", "7 lies.png"}) {
    EXPECT_EQ(content("a.zip/" + name), "corrupt") << name;
  }
  EXPECT_EQ(content("a.zip/large.png"), bomb);
  DecodeOptions small;
  small.max_bytes = 1 << 20;
  EXPECT_EQ(content("a.zip/large.png", small), "too_large");
}

TEST_F(ArchivesTest, RefusesSparseTarMembers) {
  std::string gnu = tar_member("gnu.png", kPng, 'S');
  gnu.insert(512, std::string(512, '\0'));  // one more block of places
  gnu[482] = 1;
  set_tar_checksum(gnu, 0);
  write("a.tar", gnu + pax_member({{"GNU.sparse.major", "1"}, {"GNU.sparse.name", "real.png"}}, "0", kPng) +
                     tar_member("1.png", kPng) + tar_end());
  const FindResult found = find({"a.tar"});
  EXPECT_THAT(names(found), ElementsAre("a.tar/1.png"));
  EXPECT_THAT(skipped(found),
              ElementsAre("a.tar/gnu.png unsupported_format", "a.tar/real.png unsupported_format"));
}

TEST_F(ArchivesTest, UsesWhatLiesBeforeABreak) {
  const std::string zip = zip_archive({{.name = "1.png", .content = kPng},
                                       {.name = "2.png", .content = long_text(4000), .deflated = true},
                                       {.name = "3.png", .content = long_text(4000)}});
  write("a.zip", zip.substr(0, zip.find("3.png") + 100));
  const std::string tar = tar_member("1.png", kPng) + tar_member("2.png", long_text(4000));
  write("a.tar", tar.substr(0, 3000));
  std::string damaged = tar_member("1.png", kPng) + tar_member("2.png", kPng) + tar_end();
  damaged[1024 + 100] ^= 1;
  write("b.tar", damaged);
  write("c.tar", tar_member("1.png", kPng) + "half a header");
  write("b.zip",
        zip_archive({{.name = "1.png", .content = kPng}, {.name = "2.png", .content = kPng, .flags = 8}},
                    {.directory = false}));
  EXPECT_THAT(names(find({"a.zip"})), ElementsAre("a.zip/1.png", "a.zip/2.png"));
  EXPECT_THAT(skipped(find({"a.zip"})), ElementsAre("a.zip truncated", "a.zip/3.png truncated"));
  EXPECT_EQ(content("a.zip/2.png"), long_text(4000));
  EXPECT_EQ(content("a.zip/3.png"), "truncated");
  EXPECT_THAT(skipped(find({"a.zip/1.png", "b.zip"})), ElementsAre("b.zip truncated"));
  EXPECT_THAT(names(find({"a.tar"})), ElementsAre("a.tar/1.png"));
  EXPECT_THAT(skipped(find({"a.tar"})), ElementsAre("a.tar truncated", "a.tar/2.png truncated"));
  EXPECT_THAT(names(find({"b.tar"})), ElementsAre("b.tar/1.png"));
  EXPECT_THAT(skipped(find({"b.tar"})), ElementsAre("b.tar corrupt"));
  EXPECT_THAT(names(find({"c.tar"})), ElementsAre("c.tar/1.png"));
  EXPECT_THAT(skipped(find({"c.tar"})), ElementsAre("c.tar truncated"));
}

TEST_F(ArchivesTest, TheContentDecidesWhatIsAnArchive) {
  write("picture.zip", kPng);
  write("empty.zip", "");
  write("no members.zip", zip_archive({}));
  write("no members.tar", tar_end());
  write("zip inside.tar", tar_member("b.zip", zip_archive({{.name = "1.png", .content = kPng}})));
  write("tar.zip", tar_member("1.png", kPng) + tar_end());
  write("archive.docx", zip_archive({{.name = "1.png", .content = kPng}}));
  EXPECT_THAT(names(find({"picture.zip", "archive.docx", "tar.zip"})),
              ElementsAre("picture.zip", "archive.docx", "tar.zip/1.png"));
  const FindResult none = find({"empty.zip", "no members.zip", "no members.tar", "zip inside.tar"});
  EXPECT_THAT(names(none), IsEmpty());
  EXPECT_THAT(skipped(none), ElementsAre("empty.zip empty"));
  EXPECT_EQ(none.nested_archives, 1U);
  EXPECT_EQ(content("picture.zip/1.png"), "not_an_image");
  EXPECT_EQ(content("archive.docx/1.png"), "not_found");
}

// What KnownImages goes by: the same numbers for the same content, others for another.
TEST_F(ArchivesTest, MembersTellWhenTheyChange) {
  const auto stamp = [&](const std::string& name) { return find({name}).files.at(0).modified_ns; };
  write("a.zip", zip_archive({{.name = "1.png", .content = kPng + "a"}}));
  const std::int64_t first = stamp("a.zip");
  write("a.zip",
        zip_archive({{.name = "1.png", .content = kPng + "a"}, {.name = "2.png", .content = kPng}}));
  EXPECT_EQ(stamp("a.zip"), first);
  write("a.zip",
        zip_archive({{.name = "1.png", .content = kPng + "b"}, {.name = "2.png", .content = kPng}}));
  EXPECT_NE(stamp("a.zip"), first);
  EXPECT_EQ(content("a.zip/1.png"), kPng + "b");
  EXPECT_EQ(first / 1'000'000'000, 1'795'392'000);  // 2026-11-23, the day that the writer puts in
  write("a.tar", tar_member("1.png", kPng) + tar_end());
  struct stat facts {};
  ASSERT_EQ(stat(path("a.tar").c_str(), &facts), 0);
  EXPECT_EQ(stamp("a.tar"), facts.st_mtim.tv_sec * std::int64_t{1'000'000'000} + facts.st_mtim.tv_nsec);
}

TEST_F(ArchivesTest, ThreadsShareAnIndex) {
  std::vector<ZipMember> members;
  for (int i = 0; i < 400; ++i) {
    members.push_back(
        {.name = std::to_string(i) + ".png", .content = long_text(100 + i), .deflated = i % 2 == 0});
  }
  write("a.zip", zip_archive(members));
  std::vector<char> right(members.size());
  parallel_for(members.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      right[i] = content("a.zip/" + members[i].name) == members[i].content;
    }
  });
  EXPECT_THAT(right, ::testing::Each(1));
}

TEST_F(ArchivesTest, DamageAnywhereIsSurvived) {
  const std::string zip = zip_archive({{.name = "1.png", .content = kPng},
                                       {.name = "2", .content = long_text(900), .deflated = true},
                                       {.name = "3.png", .content = long_text(900), .deflated = true}},
                                      {.zip64 = true, .comment = "end"});
  const std::string tar = tar_member("1.png", kPng) +
                          gnu_long_member(std::string(150, 'l') + ".png", kPng) +
                          pax_member({{"path", "p.png"}, {"size", "18"}}, "x", kPng) +
                          tar_member("h.png", "", '1', "1.png") + tar_end();
  const CounterRandom random(1, "damaged archives");
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const bool is_zip = i % 2 == 0;
    std::string bytes = is_zip ? zip : tar;
    for (std::uint64_t change = 0; change < 1 + i % 4; ++change) {
      const std::uint64_t at = i * 8 + change * 2;
      bytes[random.below(static_cast<std::uint32_t>(bytes.size()), at)] =
          static_cast<char>(random.below(256, at + 1));
    }
    if (!is_zip && i % 3 == 0) set_tar_checksum(bytes, 0);
    if (i % 5 == 0) bytes.resize(random.below(static_cast<std::uint32_t>(bytes.size()), i * 8 + 7));
    const std::string name = std::to_string(i) + (is_zip ? ".zip" : ".tar");
    write(name, bytes);
    for (const FoundFile& file : find({name}).files) {
      DecodeOptions options;
      options.max_bytes = 1 << 20;
      static_cast<void>(read_image_file(file.path, options));
    }
    ASSERT_EQ(unlink(path(name).c_str()), 0);
  }
}

}  // namespace
}  // namespace clipcluster
