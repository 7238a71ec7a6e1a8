#include "report/page_text.h"

#include <gtest/gtest.h>

namespace clipcluster::report {
namespace {

TEST(PageText, EscapesWhatHtmlWouldRead) {
  EXPECT_EQ(escape_html("<b a='1'>\"&\"</b>"), "&lt;b a=&#39;1&#39;&gt;&quot;&amp;&quot;&lt;/b&gt;");
}

TEST(PageText, KnowsUtf8) {
  for (const char* text : {"", "plain", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8C\xB7", "\xEF\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(PageText, RefusesWhatIsNoUtf8) {
  for (const char* bytes :
       {"\x80", "\xFF", "\xC3", "a\xC3", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82"}) {
    EXPECT_FALSE(is_utf8(bytes)) << bytes;
  }
}

TEST(PageText, EncodesEveryByteOfAPath) {
  EXPECT_EQ(percent_encode_path("/a b/\xFF#?%.jpg"), "/a%20b/%FF%23%3F%25.jpg");
}

// RFC 4648, section 10.
TEST(PageText, WritesBase64) {
  const auto encode = [](std::string_view text) {
    return base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  };
  EXPECT_EQ(encode(""), "");
  EXPECT_EQ(encode("f"), "Zg==");
  EXPECT_EQ(encode("fo"), "Zm8=");
  EXPECT_EQ(encode("foo"), "Zm9v");
  EXPECT_EQ(encode("foobar"), "Zm9vYmFy");
}

TEST(PageText, ScriptsHoldNothingBeyondAscii) {
  const std::string script = data_script("list", {{"path", "\xE2\x80\xA8 \xFF \xC3\xA9"}});
  EXPECT_EQ(script, "clipcluster.receive(\"list\", {\"path\":\"\\u2028 \\ufffd \\u00e9\"});\n");
}

}  // namespace
}  // namespace clipcluster::report
