// Any bytes as a text, with the built-in model's vocabulary.
#include "clip/tokenizer.h"

#include <algorithm>

#include "fuzz.h"

namespace clipcluster::fuzz {
namespace {

const clip::Tokenizer& built_in() {
  static const auto loaded = clip::Tokenizer::load(CLIPCLUSTER_SOURCE_DIR "/models/clip-mini");
  require(loaded.is_ok(), "the built-in vocabulary can be read");
  return *loaded;
}

}  // namespace

void tokenizer(Bytes bytes) {
  const clip::Tokenizer& tokenizer = built_in();
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::vector<int> all = tokenizer.encode(text);
  for (const int id : all) require(id >= 0 && id <= tokenizer.largest_id(), "an id is in the vocabulary");
  for (const std::size_t length : {std::size_t{2}, std::size_t{32}, std::size_t{77}}) {
    const std::vector<int> ids = tokenizer.encode_with_ends(text, length);
    require(ids.size() == std::min(all.size() + 2, length), "a text is cut to the context length");
    require(ids.front() == tokenizer.start_id() && ids.back() == tokenizer.end_id(),
            "a text has start and end");
  }
}

}  // namespace clipcluster::fuzz
