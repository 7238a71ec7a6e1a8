#include "clip/sentence_pieces.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include <algorithm>
#include <cassert>
#include <filesystem>

#include "clip/json_file.h"
#include "clip/piece_model_file.h"
#include "clip/unicode.h"

namespace clipcluster::clip {
namespace {

constexpr std::string_view kEnd = "</s>";
constexpr char32_t kWordBegin = 0x2581;  // what stands for a space in pieces
// SentencePiece drops a space at the beginning of its input, but here the first word has one. So the
// text goes in behind these characters, and their pieces are dropped from the result.
const std::string kGuard = "<unk>";

// Python's str.isspace, which is also what \s means in its module re.
bool is_python_space(char32_t code) { return is_space(code) || (code >= 0x1C && code <= 0x1F); }

bool is_ascii_punctuation(char32_t code) {
  return (code >= 0x21 && code <= 0x2F) || (code >= 0x3A && code <= 0x40) ||
         (code >= 0x5B && code <= 0x60) || (code >= 0x7B && code <= 0x7E);
}

// Letter by letter, so that a Greek sigma at the end of a word is lowered as any other.
std::u32string lower_letters(std::u32string_view text) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size(); ++i) result += lower(text.substr(i, 1));
  return result;
}

std::u32string canonical(std::u32string_view text) {
  std::u32string result(1, kWordBegin);
  for (const char32_t code : text) {
    if (is_ascii_punctuation(code)) continue;
    if (!is_python_space(code) && code != kWordBegin) {
      result += code;
    } else if (result.back() != U' ') {
      result += U' ';
    }
  }
  if (result.ends_with(U' ')) result.pop_back();
  return result;
}

// A token is a string or an object with its string as "content".
std::string token_text(const Json& json, const char* key, std::string fallback) {
  const auto found = json.find(key);
  if (found == json.end()) return fallback;
  if (found->is_string()) return found->get<std::string>();
  const bool has_content =
      found->is_object() && found->contains("content") && (*found)["content"].is_string();
  return has_content ? (*found)["content"].get<std::string>() : fallback;
}

}  // namespace

std::string canonical_text(std::string_view text, bool lower_case) {
  const std::u32string decoded = decode_utf8(text);
  return encode_utf8(canonical(lower_case ? lower_letters(decoded) : decoded));
}

class SentencePieceTokenizer::Library {
 public:
  sentencepiece::SentencePieceProcessor processor;
};

SentencePieceTokenizer::SentencePieceTokenizer() : library_(std::make_unique<Library>()) {}
SentencePieceTokenizer::SentencePieceTokenizer(SentencePieceTokenizer&&) noexcept = default;
SentencePieceTokenizer& SentencePieceTokenizer::operator=(SentencePieceTokenizer&&) noexcept = default;
SentencePieceTokenizer::~SentencePieceTokenizer() = default;

Result<SentencePieceTokenizer> SentencePieceTokenizer::load(const std::string& folder) try {
  const std::string path = folder + "/spiece.model";
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string model, read_piece_model(path));
  SentencePieceTokenizer tokenizer;
  const auto status = tokenizer.library_->processor.LoadFromSerializedProto(model);
  if (!status.ok()) {
    return Status::corrupt(
        fmt::format("{} is not a SentencePiece model that can be read: {}", path, status.ToString()));
  }
  CLIPCLUSTER_RETURN_IF_ERROR(tokenizer.read_options(folder + "/tokenizer_config.json"));
  CLIPCLUSTER_RETURN_IF_ERROR(tokenizer.find_special_pieces(path));
  return tokenizer;
} catch (const std::bad_alloc&) {
  return Status::resource_limit(fmt::format("there is not enough memory for {}/spiece.model", folder));
} catch (const std::exception& error) {
  return Status::corrupt(fmt::format("{}/spiece.model cannot be read: {}", folder, error.what()));
}

Status SentencePieceTokenizer::read_options(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Json json, read_json_object(path));
  CLIPCLUSTER_RETURN_IF_ERROR(read_flag(json, "do_lower_case", path, lower_case_));
  pad_piece_ = token_text(json, "pad_token", pad_piece_);
  return {};
}

Status SentencePieceTokenizer::find_special_pieces(const std::string& path) {
  const auto& processor = library_->processor;
  const auto id_of = [&](std::string_view piece) {
    const int id = processor.PieceToId({piece.data(), piece.size()});
    return id >= 0 && id < processor.GetPieceSize() && processor.IdToPiece(id) == piece ? id : -1;
  };
  end_id_ = id_of(kEnd);
  pad_id_ = id_of(pad_piece_);
  for (const auto& [id, piece] : {std::pair(end_id_, std::string(kEnd)), std::pair(pad_id_, pad_piece_)}) {
    if (id < 0) return Status::corrupt(fmt::format("{} has no piece '{}'", path, piece));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto guard, pieces_of(kGuard));
  guard_pieces_ = guard.size();
  return {};
}

int SentencePieceTokenizer::largest_id() const { return library_->processor.GetPieceSize() - 1; }

Result<std::vector<int>> SentencePieceTokenizer::pieces_of(const std::string& text) const try {
  std::vector<int> ids;
  const auto status = library_->processor.Encode(text, &ids);
  if (!status.ok()) {
    return Status::internal(fmt::format("libsentencepiece cannot encode a text: {}", status.ToString()));
  }
  return ids;
} catch (const std::bad_alloc&) {
  return Status::resource_limit("there is not enough memory to encode a text");
} catch (const std::exception& error) {
  return Status::internal(fmt::format("libsentencepiece cannot encode a text: {}", error.what()));
}

Result<std::vector<int>> SentencePieceTokenizer::encode(const std::string& text) const {
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::vector<int> ids, pieces_of(kGuard + canonical_text(text, lower_case_)));
  const auto dropped = static_cast<std::ptrdiff_t>(std::min(guard_pieces_, ids.size()));
  ids.erase(ids.begin(), ids.begin() + dropped);
  return ids;
}

Result<std::vector<int>> SentencePieceTokenizer::encode_padded(const std::string& text,
                                                               std::size_t length) const {
  assert(length > 0);
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::vector<int> ids, encode(text));
  if (ids.size() >= length) ids.resize(length - 1);
  ids.push_back(end_id_);
  ids.resize(length, pad_id_);
  return ids;
}

}  // namespace clipcluster::clip
