// vocab.json and merges.txt, in one input with a zero byte between. No fuzzer writes a vocabulary of the
// 514 tokens that must be there, so most of vocab.json is always the same: the input's first half is what
// follows it inside the braces.
#include <algorithm>

#include "clip/tokenizer.h"
#include "clip/unicode.h"
#include "fuzz.h"

namespace clipcluster::fuzz {
namespace {

// One token for each byte within a word and one for each at its end; start and end.
std::string necessary_tokens() {
  std::string json = R"({"<|startoftext|>": 512, "<|endoftext|>": 513)";
  char32_t next = 256;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool itself = (byte > 0x20 && byte < 0x7F) || (byte > 0xA0 && byte != 0xAD);
    std::string symbol = clip::encode_utf8(itself ? static_cast<char32_t>(byte) : next++);
    if (symbol == "\"" || symbol == "\\") symbol.insert(0, "\\");
    json += ", \"" + symbol + "\": " + std::to_string(byte);
    json += ", \"" + symbol + "</w>\": " + std::to_string(256 + byte);
  }
  return json;
}

}  // namespace

void vocabulary(Bytes bytes) {
  static const ScratchFolder folder;
  static const std::string necessary = necessary_tokens();
  const std::string_view input(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t split = std::min(input.find('\0'), input.size());
  folder.write("vocab.json", necessary + std::string(input.substr(0, split)) + "}");
  folder.write("merges.txt", input.substr(std::min(split + 1, input.size())));
  const auto tokenizer = clip::Tokenizer::load(folder.path());
  require_sentence(tokenizer.status());
  if (!tokenizer.is_ok()) return;
  for (const int id : tokenizer->encode("hello, world \xC3\xA9 <|endoftext|> 42"))
    require(id >= 0 && id <= tokenizer->largest_id(), "an id is in the vocabulary");
}

}  // namespace clipcluster::fuzz
