// spiece.model, and texts through what it says.
#include "clip/sentence_pieces.h"
#include "fuzz.h"

namespace clipcluster::fuzz {

void piece_model(Bytes bytes) {
  static const ScratchFolder folder;
  folder.write("spiece.model", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const auto tokenizer = clip::SentencePieceTokenizer::load(folder.path());
  require_sentence(tokenizer.status());
  if (!tokenizer.is_ok()) return;
  for (const std::string text :
       {"", "a photo of a DOG, 42!", "\xC3\xA9\xEF\xBC\xA1 \xE4\xB8\x80\xF0\x9F\x98\x80\xFF"}) {
    const auto ids = tokenizer->encode_padded(text, 8);
    require_sentence(ids.status());
    if (!ids.is_ok()) continue;
    require(ids->size() == 8, "a text has the length that was asked for");
    for (const int id : *ids)
      require(id >= 0 && id <= tokenizer->largest_id(), "an id is in the vocabulary");
  }
}

}  // namespace clipcluster::fuzz
