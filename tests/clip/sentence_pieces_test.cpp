// SigLIP's tokenizer. What ids it gives a text: tests/reference and architectures_test.cpp.
#include "clip/sentence_pieces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clip/piece_model_file.h"
#include "support/support.h"

namespace clipcluster::clip {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::read_text_file;
using testing::write_text_file;

const std::string kModel = read_text_file(CLIPCLUSTER_SOURCE_DIR "/tests/clip/data/spiece.model");

class SentencePieces : public ::testing::Test {
 protected:
  SentencePieces() { write_text_file(folder_.file("spiece.model"), kModel); }
  Result<SentencePieceTokenizer> load() { return SentencePieceTokenizer::load(folder_.path()); }
  std::vector<int> encode(const std::string& text) { return load()->encode(text).value(); }
  std::string message_for(const std::string& model) {
    write_text_file(folder_.file("spiece.model"), model);
    return load().status().message();
  }
  testing::TemporaryFolder folder_;
};

// Python: "".join(c.lower() for c in text), str.translate, re.sub and str.strip as in SiglipTokenizer.
TEST(CanonicalText, LowersAndDropsPunctuationAndSpaces) {
  EXPECT_EQ(canonical_text("A photo, of (a) \"DOG\"!"), "▁a photo of a dog");
  EXPECT_EQ(canonical_text(" \t two\n\n words \x1F\u00A0\u3000"), "▁ two words");
  EXPECT_EQ(canonical_text("it's rock-n-roll_~`"), "▁its rocknroll");
  EXPECT_EQ(canonical_text("- dash - ed -"), "▁ dash ed");
  EXPECT_EQ(canonical_text("«Ünïcode» — stays…"), "▁«ünïcode» — stays…");
  EXPECT_EQ(canonical_text("ΣΑΣ İ"), "▁σασ i̇");
  EXPECT_EQ(canonical_text("a▁b"), "▁a b");
  EXPECT_EQ(canonical_text("MiXed", false), "▁MiXed");
  EXPECT_EQ(canonical_text(""), "▁");
  EXPECT_EQ(canonical_text("\xFF"), "▁\uFFFD");
}

TEST_F(SentencePieces, TheFirstWordIsAWordLikeAnyOther) {
  const auto twice = encode("dog dog");
  ASSERT_EQ(twice.size(), 2U);
  EXPECT_EQ(twice[0], twice[1]);
  EXPECT_EQ(encode("  Dog "), encode("dog"));
  EXPECT_EQ(encode("ｄｏｇ"), encode("dog"));  // the model's own table of replaced characters
}

TEST_F(SentencePieces, WhatIsNotInTheVocabularyIsUnknown) {
  EXPECT_THAT(encode("日本"), ElementsAre(::testing::_, 2));
  EXPECT_THAT(encode("🐶"), ElementsAre(::testing::_, 2));
  EXPECT_EQ(encode("\xFF"), encode("\uFFFD"));
}

TEST_F(SentencePieces, NamesOfSpecialPiecesAreText) {
  EXPECT_EQ(encode("</s>"), encode("s"));
  EXPECT_EQ(encode("<unk>"), encode("unk"));
}

TEST_F(SentencePieces, EndsAndPads) {
  const auto tokenizer = load();
  ASSERT_OK(tokenizer);
  EXPECT_EQ(tokenizer->end_id(), 1);
  EXPECT_THAT(*tokenizer->encode_padded("", 4), ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(*tokenizer->encode_padded("?!", 3), ElementsAre(1, 1, 1));
  const int dog = encode("dog").at(0);
  EXPECT_THAT(*tokenizer->encode_padded("dog", 4), ElementsAre(dog, 1, 1, 1));
  EXPECT_THAT(*tokenizer->encode_padded("dog dog dog dog", 4), ElementsAre(dog, dog, dog, 1));
  EXPECT_THAT(*tokenizer->encode_padded("dog", 1), ElementsAre(1));
}

TEST_F(SentencePieces, ReadsTheTokenizersOptions) {
  write_text_file(folder_.file("tokenizer_config.json"),
                  R"({"do_lower_case": false, "pad_token": {"content": "<pad>", "lstrip": true}})");
  EXPECT_NE(encode("Dog"), encode("dog"));
  EXPECT_THAT(*load()->encode_padded("", 3), ElementsAre(1, 0, 0));
  write_text_file(folder_.file("tokenizer_config.json"), R"({"pad_token": "<nothing>"})");
  EXPECT_THAT(load().status().message(), AllOf(HasSubstr("spiece.model"), HasSubstr("<nothing>")));
}

TEST_F(SentencePieces, BadModelsGetASentence) {
  std::filesystem::remove(folder_.file("spiece.model"));
  EXPECT_THAT(load().status().message(), AllOf(HasSubstr("spiece.model"), HasSubstr("cannot read")));
  EXPECT_THAT(message_for("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("not a whole"));
  for (const std::string& bad : {std::string(), std::string("\0\0\0", 3), std::string(1000, '\xFF')}) {
    EXPECT_THAT(message_for(bad), AllOf(HasSubstr("spiece.model"), HasSubstr("not a whole")));
  }
  std::string no_end = kModel;
  no_end.replace(no_end.find("</s>"), 4, "</t>");
  EXPECT_THAT(message_for(no_end), HasSubstr("has no piece '</s>'"));
}

TEST_F(SentencePieces, TruncatedAnywhere) {
  for (std::size_t size = 0; size < kModel.size(); size += 7) {
    write_text_file(folder_.file("spiece.model"), kModel.substr(0, size));
    EXPECT_FALSE(load().is_ok()) << size;
  }
}

// Any byte may be wrong: the library must not be led astray, whatever comes out.
TEST_F(SentencePieces, DamagedAnywhere) {
  for (std::size_t at = 0; at < kModel.size(); at += 5) {
    std::string damaged = kModel;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 + at % 255));
    write_text_file(folder_.file("spiece.model"), damaged);
    const auto tokenizer = load();
    if (tokenizer.is_ok()) static_cast<void>(tokenizer->encode_padded("Ａ photo of a DOG ﬁ 日本", 16));
  }
}

TEST(Charsmap, MustStayWithinItself) {
  EXPECT_TRUE(is_closed_charsmap(""));
  EXPECT_FALSE(is_closed_charsmap("abc"));
  std::string map(4 + 1024 + 2, '\0');
  map[1] = 4;  // 1024 bytes of array, then two strings
  EXPECT_TRUE(is_closed_charsmap(map));
  std::string beyond = map;
  beyond[4 + 2] = 4;  // unit 0 leads to 256 units further on
  EXPECT_FALSE(is_closed_charsmap(beyond));
  std::string leaf = map;
  leaf[4 + 3] = '\x80';
  leaf[4] = 2;  // a string that begins behind the last
  EXPECT_FALSE(is_closed_charsmap(leaf));
  std::string open = map;
  open.back() = 'x';
  EXPECT_FALSE(is_closed_charsmap(open));
}

}  // namespace
}  // namespace clipcluster::clip
