#include "models/digest.h"

#include <gtest/gtest.h>

#include "support/support.h"

namespace clipcluster::models {
namespace {

using clipcluster::testing::TemporaryFolder;
using clipcluster::testing::write_text_file;

// The digests that sha256sum and git hash-object print.
TEST(Digest, AgreesWithTheCommandsOfTheSystem) {
  const TemporaryFolder folder;
  write_text_file(folder.file("a"), "hello\n");
  EXPECT_EQ(file_digest(folder.file("a"), DigestKind::sha256).value(),
            "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
  EXPECT_EQ(file_digest(folder.file("a"), DigestKind::git_blob).value(),
            "ce013625030ba8dba906f756967f9e9ca394464a");
}

TEST(Digest, OfNothing) {
  const TemporaryFolder folder;
  write_text_file(folder.file("a"), "");
  EXPECT_EQ(file_digest(folder.file("a"), DigestKind::sha256).value(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(file_digest(folder.file("a"), DigestKind::git_blob).value(),
            "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

TEST(Digest, AMissingFileIsNamed) {
  const auto digest = file_digest("/nowhere/a", DigestKind::sha256);
  ASSERT_FALSE(digest.is_ok());
  EXPECT_NE(digest.status().message().find("/nowhere/a"), std::string::npos);
}

}  // namespace
}  // namespace clipcluster::models
