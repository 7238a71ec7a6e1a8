// SigLIP's tokenizer: SentencePiece (Kudo and Richardson, 2018) over canonical text, as transformers'
// SiglipTokenizer and, before it, big_vision's "c4_en" with canonicalize_text.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "clipcluster/status.h"

namespace clipcluster::clip {

// The mark of a word's beginning, U+2581, and the text: lower case, ASCII punctuation removed, runs of
// white space made one space, none at the end.
std::string canonical_text(std::string_view text, bool lower_case = true);

class SentencePieceTokenizer {
 public:
  // `folder` holds spiece.model and, if it likes, tokenizer_config.json (do_lower_case, pad_token).
  static Result<SentencePieceTokenizer> load(const std::string& folder);

  SentencePieceTokenizer(SentencePieceTokenizer&&) noexcept;
  SentencePieceTokenizer& operator=(SentencePieceTokenizer&&) noexcept;
  ~SentencePieceTokenizer();

  // Without the end. Names of special tokens within a text, such as "</s>", are text like any other.
  Result<std::vector<int>> encode(const std::string& text) const;
  // Exactly `length` ids, 1 or more: the text, cut where it must be, the end, and padding.
  Result<std::vector<int>> encode_padded(const std::string& text, std::size_t length) const;

  int end_id() const { return end_id_; }
  int largest_id() const;

 private:
  class Library;
  SentencePieceTokenizer();
  Status read_options(const std::string& path);
  Status find_special_pieces(const std::string& path);
  Result<std::vector<int>> pieces_of(const std::string& text) const;

  std::unique_ptr<Library> library_;
  std::string pad_piece_ = "</s>";
  bool lower_case_ = true;
  int end_id_ = 0;
  int pad_id_ = 0;
  std::size_t guard_pieces_ = 0;  // pieces of the guard that encode() puts before a text
};

}  // namespace clipcluster::clip
