#include "clip/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "clip/json_file.h"
#include "clip/text_cleanup.h"
#include "clip/unicode.h"
#include "clip/words.h"

namespace clipcluster::clip {
namespace {

constexpr std::string_view kWordEnd = "</w>";

// GPT-2's printable stand-in for each byte: itself where it is printable in Latin-1, else one of the
// code points from 256 on, in order.
std::array<std::string, 256> byte_symbols() {
  std::array<std::string, 256> symbols;
  char32_t next = 256;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool printable =
        (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
    symbols[byte] = encode_utf8(printable ? static_cast<char32_t>(byte) : next++);
  }
  return symbols;
}

std::uint64_t pair_key(int left, int right) {
  return std::uint64_t{static_cast<std::uint32_t>(left)} << 32 | static_cast<std::uint32_t>(right);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

Result<Tokenizer> Tokenizer::load(const std::string& folder) {
  Tokenizer tokenizer;
  const std::string vocabulary = folder + "/vocab.json";
  CLIPCLUSTER_RETURN_IF_ERROR(tokenizer.read_vocabulary(vocabulary));
  CLIPCLUSTER_ASSIGN_OR_RETURN(tokenizer.start_id_, tokenizer.id_of(std::string(kStartOfText), vocabulary));
  CLIPCLUSTER_ASSIGN_OR_RETURN(tokenizer.end_id_, tokenizer.id_of(std::string(kEndOfText), vocabulary));
  CLIPCLUSTER_RETURN_IF_ERROR(tokenizer.find_byte_tokens(vocabulary));
  CLIPCLUSTER_RETURN_IF_ERROR(tokenizer.read_merges(folder + "/merges.txt", vocabulary));
  return tokenizer;
}

Status Tokenizer::read_vocabulary(const std::string& path) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Json json, read_json_object(path));
  for (const auto& [token, id] : json.items()) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() > std::numeric_limits<int>::max()) {
      return Status::corrupt(fmt::format("{}: the id of '{}' is not a whole number", path, token));
    }
    vocabulary_.emplace(token, id.get<int>());
    largest_id_ = std::max(largest_id_, id.get<int>());
  }
  return {};
}

Result<int> Tokenizer::id_of(const std::string& token, const std::string& path) const {
  const auto found = vocabulary_.find(token);
  if (found == vocabulary_.end()) {
    return Status::corrupt(fmt::format("{} lacks the token '{}'", path, token));
  }
  return found->second;
}

Status Tokenizer::find_byte_tokens(const std::string& path) {
  const auto symbols = byte_symbols();
  for (std::size_t byte = 0; byte < 256; ++byte) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(byte_ids_[byte], id_of(symbols[byte], path));
    CLIPCLUSTER_ASSIGN_OR_RETURN(last_byte_ids_[byte], id_of(symbols[byte] + std::string(kWordEnd), path));
  }
  return {};
}

Status Tokenizer::read_merges(const std::string& path, const std::string& vocabulary_path) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string text, read_small_file(path));
  const auto lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty() || (i == 0 && lines[i].starts_with("#version"))) continue;
    const std::size_t space = lines[i].find(' ');
    if (space == std::string_view::npos || lines[i].find(' ', space + 1) != std::string_view::npos) {
      return Status::corrupt(
          fmt::format("{}: line {} is not two tokens with a space between", path, i + 1));
    }
    const std::string left(lines[i].substr(0, space));
    const std::string right(lines[i].substr(space + 1));
    CLIPCLUSTER_ASSIGN_OR_RETURN(const int left_id, id_of(left, vocabulary_path));
    CLIPCLUSTER_ASSIGN_OR_RETURN(const int right_id, id_of(right, vocabulary_path));
    CLIPCLUSTER_ASSIGN_OR_RETURN(const int result, id_of(left + right, vocabulary_path));
    merges_.emplace(pair_key(left_id, right_id), Merge{static_cast<int>(i), result});
  }
  return {};
}

void Tokenizer::encode_word(std::string_view bytes, std::vector<int>& ids) const {
  std::vector<int> parts;
  for (const char c : bytes) parts.push_back(byte_ids_[static_cast<unsigned char>(c)]);
  parts.back() = last_byte_ids_[static_cast<unsigned char>(bytes.back())];
  while (parts.size() > 1) {
    const Merge* best = nullptr;
    std::uint64_t best_key = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto found = merges_.find(pair_key(parts[i], parts[i + 1]));
      if (found == merges_.end() || (best != nullptr && best->rank <= found->second.rank)) continue;
      best = &found->second;
      best_key = found->first;
    }
    if (best == nullptr) break;
    // Every occurrence of the pair, from left to right, before any other pair.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < parts.size(); ++kept) {
      const bool joins = i + 1 < parts.size() && pair_key(parts[i], parts[i + 1]) == best_key;
      parts[kept] = joins ? best->result : parts[i];
      i += joins ? 2 : 1;
    }
    parts.resize(kept);
  }
  ids.insert(ids.end(), parts.begin(), parts.end());
}

std::vector<int> Tokenizer::encode(const std::string& text) const {
  std::vector<int> ids;
  for (const std::u32string& word : split_words(clean_text(text))) {
    const std::string bytes = encode_utf8(word);
    if (bytes == kStartOfText) {
      ids.push_back(start_id_);
    } else if (bytes == kEndOfText) {
      ids.push_back(end_id_);
    } else {
      encode_word(bytes, ids);
    }
  }
  return ids;
}

std::vector<int> Tokenizer::encode_with_ends(const std::string& text, std::size_t length) const {
  std::vector<int> ids = encode(text);
  ids.insert(ids.begin(), start_id_);
  ids.push_back(end_id_);
  if (ids.size() > length) {
    ids.resize(length);
    ids.back() = end_id_;
  }
  return ids;
}

}  // namespace clipcluster::clip
