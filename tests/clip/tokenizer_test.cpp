#include "clip/tokenizer.h"

#include <gtest/gtest.h>

#include "clip/html_unescape.h"
#include "clip/text_cleanup.h"
#include "clip/unicode.h"
#include "clip/words.h"
#include "support/support.h"

namespace clipcluster::clip {
namespace {

std::string cleaned(std::string_view text) { return encode_utf8(clean_text(text)); }

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result;
  for (const auto& word : split_words(decode_utf8(text))) result.push_back(encode_utf8(word));
  return result;
}

// Expected values are Python's html.unescape's.
TEST(HtmlUnescape, AgreesWithPython) {
  EXPECT_EQ(html_unescape("&lt;a&gt; &amp;amp; &quot;"), "<a> &amp; \"");
  EXPECT_EQ(html_unescape("&#65;&#x42;&#X43 &#67"), "ABC C");
  EXPECT_EQ(html_unescape("&notit; &notin; &copy2"), "¬it; ∉ ©2");
  EXPECT_EQ(html_unescape("&#128;&#0;&#xD800;&#x110000;&#99999999999999999999;"),
            "€\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(html_unescape("[&#1;&#xB;&#xFFFF;&#13;]"), "[\r]");
  EXPECT_EQ(html_unescape("& &; &# &#x &unknown; a&b"), "& &; &# &#x &unknown; a&b");
  EXPECT_EQ(html_unescape("&CounterClockwiseContourIntegral;&NotEqualTilde;"), "∳≂̸");
  EXPECT_EQ(html_unescape("&eacute &eacute;&Eacute"), "é éÉ");
}

TEST(Unicode, InvalidBytesBecomeReplacements) {
  EXPECT_EQ(decode_utf8("a\xFF\xC3(\xE2\x82z"), U"a\uFFFD\uFFFD(\uFFFDz");
  EXPECT_EQ(decode_utf8("\xED\xA0\x80"), U"\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(decode_utf8("\xC0\xAF"), U"\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(decode_utf8("\xF0\x9F\x90\xB6"), U"\U0001F436");
  EXPECT_EQ(decode_utf8("\xF0\x9F\x90"), U"\uFFFD");
}

TEST(Unicode, LowersAsPythonDoes) {
  EXPECT_EQ(encode_utf8(lower(U"ÄÖÜ İ ΣΑΣ ΑΣΣ. Σ")), "äöü i̇ σας ασς. σ");
}

TEST(CleanText, SpacesCaseAndComposition) {
  EXPECT_EQ(cleaned("  A\t\n B  "), "a b");
  EXPECT_EQ(cleaned("cafe\u0301"), "café");
  EXPECT_EQ(cleaned("&amp;lt;B&amp;gt;"), "<b>");
  EXPECT_EQ(cleaned("\u3000x\u00A0\u2003y"), "x y");
  EXPECT_EQ(cleaned(""), "");
}

TEST(Words, FollowThePattern) {
  EXPECT_EQ(words("it's 42 dogs!!! we'll"),
            (std::vector<std::string>{"it", "'s", "4", "2", "dogs", "!!!", "we", "'ll"}));
  EXPECT_EQ(words("<|endoftext|>a <|b"), (std::vector<std::string>{"<|endoftext|>", "a", "<|", "b"}));
  EXPECT_EQ(words("naïve日本½"), (std::vector<std::string>{"naïve日本", "½"}));
  EXPECT_EQ(words("''s"), (std::vector<std::string>{"''", "s"}));
}

class BuiltInTokenizer : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = Tokenizer::load(testing::clip_mini_folder());
    ASSERT_OK(loaded);
    tokenizer_ = std::make_unique<Tokenizer>(std::move(loaded).value());
  }
  std::unique_ptr<Tokenizer> tokenizer_;
};

TEST_F(BuiltInTokenizer, StartsAndEnds) {
  EXPECT_EQ(tokenizer_->encode_with_ends("", 32), (std::vector<int>{2046, 2047}));
  EXPECT_EQ(tokenizer_->largest_id(), 2047);
}

TEST_F(BuiltInTokenizer, CutTextsKeepTheirEnd) {
  const auto whole = tokenizer_->encode("one two three four five six seven");
  const auto cut = tokenizer_->encode_with_ends("one two three four five six seven", 5);
  ASSERT_GT(whole.size(), 5U);
  EXPECT_EQ(cut, (std::vector<int>{2046, whole[0], whole[1], whole[2], 2047}));
}

TEST_F(BuiltInTokenizer, CutsAfterTheCleaningNotWithinIt) {
  EXPECT_EQ(tokenizer_->encode_with_ends("a &amp;amp; b", 32), tokenizer_->encode_with_ends("a & b", 32));
  EXPECT_EQ(tokenizer_->encode_with_ends(std::string(5000, ' ') + "dog", 32),
            tokenizer_->encode_with_ends("dog", 32));
  EXPECT_EQ(tokenizer_->encode_with_ends(std::string(5000, 'x'), 32).size(), 32U);
  EXPECT_EQ(tokenizer_->encode("cafe\u0301"), tokenizer_->encode("caf\u00E9"));
  EXPECT_EQ(tokenizer_->encode("猫").size(), 3U);
  EXPECT_EQ(tokenizer_->encode("👩\u200D💻").size(), 11U);  // a zero-width joiner between two
  EXPECT_EQ(tokenizer_->encode(std::string("a\0b", 3)).size(), 3U);
}

TEST_F(BuiltInTokenizer, EveryByteHasATokenAndCaseDoesNotMatter) {
  EXPECT_EQ(tokenizer_->encode("\xF0\x9F\x90\xB6").size(), 4U);
  EXPECT_EQ(tokenizer_->encode("A Photo of a DOG"), tokenizer_->encode("a photo of a dog"));
  EXPECT_EQ(tokenizer_->encode("\xFF"), tokenizer_->encode("\uFFFD"));
}

}  // namespace
}  // namespace clipcluster::clip
