// CLIP's byte-level byte-pair encoding (openai/CLIP, simple_tokenizer.py; Sennrich, Haddow and
// Birch, "Neural machine translation of rare words with subword units", 2016).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "clipcluster/status.h"

namespace clipcluster::clip {

class Tokenizer {
 public:
  // vocab.json (token -> id) and merges.txt (one pair a line, the earlier the stronger).
  static Result<Tokenizer> load(const std::string& folder);

  // The ids of a text, without start and end.
  std::vector<int> encode(const std::string& text) const;
  // Start, the text, end; at most `length` ids, of which the last is the end even when it is cut.
  std::vector<int> encode_with_ends(const std::string& text, std::size_t length) const;

  int start_id() const { return start_id_; }
  int end_id() const { return end_id_; }
  int largest_id() const { return largest_id_; }

 private:
  struct Merge {
    int rank = 0;
    int result = 0;  // id of the joined token
  };
  Status read_vocabulary(const std::string& path);
  Status find_byte_tokens(const std::string& path);
  Status read_merges(const std::string& path, const std::string& vocabulary_path);
  Result<int> id_of(const std::string& token, const std::string& path) const;
  void encode_word(std::string_view bytes, std::vector<int>& ids) const;

  std::unordered_map<std::string, int> vocabulary_;
  std::unordered_map<std::uint64_t, Merge> merges_;  // by the ids of the pair
  std::array<int, 256> byte_ids_ = {};               // of each byte within a word
  std::array<int, 256> last_byte_ids_ = {};          // of each byte at a word's end
  int start_id_ = 0;
  int end_id_ = 0;
  int largest_id_ = 0;
};

}  // namespace clipcluster::clip
