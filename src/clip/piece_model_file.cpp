#include "clip/piece_model_file.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <optional>

#include "clip/json_file.h"

namespace clipcluster::clip {
namespace {

// Fields of ModelProto and NormalizerSpec.
constexpr std::uint64_t kPieces = 1;
constexpr std::uint64_t kTrainerSpec = 2;
constexpr std::uint64_t kNormalizerSpec = 3;
constexpr std::uint64_t kCharsmap = 2;
// normalizer_spec { add_dummy_prefix: false }. Protocol buffers merge messages that follow each other.
constexpr std::string_view kNoDummyPrefix("\x1A\x02\x18\x00", 4);

struct Field {
  std::uint64_t number = 0;
  std::string_view bytes;  // of a field with a length; else empty
};

bool take_varint(std::string_view& data, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !data.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(data.front());
    data.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool skip(std::string_view& data, std::size_t bytes) {
  if (data.size() < bytes) return false;
  data.remove_prefix(bytes);
  return true;
}

// The next field of a message; nothing when the bytes are not a message.
std::optional<Field> take_field(std::string_view& data) {
  std::uint64_t key = 0;
  if (!take_varint(data, key) || key >> 3 == 0) return {};
  Field field{key >> 3, {}};
  std::uint64_t value = 0;
  bool good = false;
  switch (key & 7) {
    case 0:
      good = take_varint(data, value);
      break;
    case 1:
      good = skip(data, 8);
      break;
    case 2:
      good = take_varint(data, value) && value <= data.size();
      if (good) field.bytes = data.substr(0, value);
      if (good) data.remove_prefix(value);
      break;
    case 5:
      good = skip(data, 4);
      break;
    default:
      break;
  }
  return good ? std::optional(field) : std::nullopt;
}

// One unit of a Darts-clone double array (S. Yata, darts.h).
struct Unit {
  std::uint32_t bits = 0;
  bool is_leaf() const { return bits >> 31 != 0; }
  std::uint32_t value() const { return bits & 0x7FFFFFFFU; }
  std::uint32_t offset() const { return (bits >> 10) << ((bits & 0x200U) >> 6); }
};

bool is_closed_array(std::string_view array, std::size_t strings) {
  const std::size_t count = array.size() / sizeof(Unit);
  for (std::size_t i = 0; i < count; ++i) {
    Unit unit;
    std::memcpy(&unit, array.data() + i * sizeof unit, sizeof unit);
    // A search goes from a unit to one of 256 others, by the next byte of the text.
    const bool good = unit.is_leaf() ? unit.value() < strings : ((i ^ unit.offset()) | 0xFFU) < count;
    if (!good) return false;
  }
  return count > 0;
}

bool has_closed_charsmaps(std::string_view normalizer) {
  while (!normalizer.empty()) {
    const auto field = take_field(normalizer);
    if (!field) return false;
    if (field->number == kCharsmap && !is_closed_charsmap(field->bytes)) return false;
  }
  return true;
}

Status check_parts(std::string_view model, const std::string& path) {
  bool has_pieces = false;
  bool has_trainer = false;
  bool has_normalizer = false;
  bool good = true;
  while (good && !model.empty()) {
    const auto field = take_field(model);
    good = field.has_value();
    if (!good) break;
    has_pieces |= field->number == kPieces;
    has_trainer |= field->number == kTrainerSpec;
    has_normalizer |= field->number == kNormalizerSpec;
    if (field->number == kNormalizerSpec) good = has_closed_charsmaps(field->bytes);
  }
  // The pieces stand first in the file: one that ends after some of them lacks the rest.
  if (good && has_pieces && has_trainer && has_normalizer) return {};
  return Status::corrupt(fmt::format(
      "{} is not a whole SentencePiece model: it is damaged, truncated or something else. Get it "
      "again, for instance with clipcluster model get --force",
      path));
}

}  // namespace

bool is_closed_charsmap(std::string_view charsmap) {
  std::uint32_t array_bytes = 0;
  if (charsmap.empty()) return true;
  if (charsmap.size() <= sizeof array_bytes) return false;
  std::memcpy(&array_bytes, charsmap.data(), sizeof array_bytes);
  charsmap.remove_prefix(sizeof array_bytes);
  if (array_bytes >= charsmap.size() || array_bytes % sizeof(Unit) != 0) return false;
  // The strings end with a zero each; the last one must.
  return charsmap.back() == '\0' &&
         is_closed_array(charsmap.substr(0, array_bytes), charsmap.size() - array_bytes);
}

Result<std::string> read_piece_model(const std::string& path) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::string model, read_small_file(path));
  CLIPCLUSTER_RETURN_IF_ERROR(check_parts(model, path));
  model += kNoDummyPrefix;
  return model;
}

}  // namespace clipcluster::clip
