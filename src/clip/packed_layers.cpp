#include "clip/packed_layers.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "clip/json_file.h"
#include "clipcluster/parallel.h"

namespace clipcluster::clip {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::string_view kMagic =
    "\x93"
    "CCPACK\n";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kAlignment = 64;

// The file: this, the header as JSON, then the blocks, each aligned.
struct Preamble {
  std::array<char, 8> magic = {};
  std::uint64_t version = kVersion;
  std::uint64_t file_bytes = 0;
  std::uint64_t header_bytes = 0;  // with the padding behind it
  std::uint64_t header_hash = 0;
  std::array<std::uint8_t, 24> reserved = {};
};
static_assert(sizeof(Preamble) == kAlignment);

std::size_t aligned(std::size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

std::uint64_t hash_of(Bytes bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string describe(const PackedLayersKey& key) {
  return fmt::format("{} tower of {}, packed as {}", key.tower, key.fingerprint, key.packing);
}

std::string file_name(const std::string& description) {
  const XXH128_hash_t hash = XXH3_128bits(description.data(), description.size());
  return fmt::format("{:016x}{:016x}.packed", hash.high64, hash.low64);
}

// Brings the pages in at once: one call instead of a fault for every few of them.
void populate(Bytes bytes) {
#ifdef MADV_POPULATE_READ
  constexpr std::uintptr_t page = 4096;
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data()) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(bytes.data() + bytes.size());
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_READ);  // older kernels: no harm
#else
  static_cast<void>(bytes);
#endif
}

}  // namespace

PackedLayers::PackedLayers(internal::CacheFolder cache, const PackedLayersKey& key)
    : cache_(std::move(cache)), description_(describe(key)), name_(file_name(description_)) {}

PackedLayers PackedLayers::open(internal::CacheFolder cache, const PackedLayersKey& key) {
  PackedLayers layers(std::move(cache), key);
  if (layers.read(layers.cache_.file(layers.name_)) && layers.blocks_are_whole()) {
    layers.cache_.mark_used(layers.name_);
  } else {
    layers.blocks_.clear();
    layers.file_ = nullptr;
  }
  return layers;
}

bool PackedLayers::read(const std::string& path) {
  const auto file = internal::MappedFile::open(path);
  if (!file.is_ok()) return false;
  file_ = *file;
  const Bytes bytes = file_->bytes();
  Preamble preamble;
  if (bytes.size() < sizeof preamble) return false;
  std::memcpy(&preamble, bytes.data(), sizeof preamble);
  if (!std::equal(kMagic.begin(), kMagic.end(), preamble.magic.begin()) || preamble.version != kVersion ||
      preamble.file_bytes != bytes.size() || preamble.header_bytes > bytes.size() - sizeof preamble ||
      preamble.header_bytes % kAlignment != 0) {
    return false;
  }
  const Bytes header = bytes.subspan(sizeof preamble, preamble.header_bytes);
  if (hash_of(header) != preamble.header_hash) return false;
  // With the right checksum it is what store() wrote.
  const auto json = parse_json_object({reinterpret_cast<const char*>(header.data()), header.size()}, path);
  if (!json.is_ok() || (*json)["description"].get<std::string>() != description_) return false;
  const Bytes data = bytes.subspan(sizeof preamble + preamble.header_bytes);
  for (const auto& [name, block] : (*json)["blocks"].items()) {
    const auto offset = block["offset"].get<std::size_t>();
    const auto size = block["bytes"].get<std::size_t>();
    if (offset > data.size() || size > data.size() - offset) return false;
    blocks_[name] = {data.subspan(offset, size), block["hash"].get<std::uint64_t>()};
  }
  return true;
}

bool PackedLayers::blocks_are_whole() const {
  std::vector<const Block*> blocks;
  for (const auto& [name, block] : blocks_) blocks.push_back(&block);
  std::atomic<bool> whole = true;
  parallel_for(blocks.size(), 1, [&](std::size_t i, std::size_t) {
    populate(blocks[i]->bytes);
    if (hash_of(blocks[i]->bytes) != blocks[i]->hash) whole = false;
  });
  return whole;
}

Bytes PackedLayers::find(const std::string& name) const {
  const auto found = blocks_.find(name);
  return found == blocks_.end() ? Bytes() : found->second.bytes;
}

void PackedLayers::add(const std::string& name, Bytes block) { added_.emplace_back(name, block); }

Status PackedLayers::store() const {
  if (added_.empty()) return {};
  std::map<std::string, Bytes> all(added_.begin(), added_.end());
  for (const auto& [name, block] : blocks_) all.emplace(name, block.bytes);
  Json header = {{"description", description_}, {"blocks", Json::object()}};
  std::size_t offset = 0;
  for (const auto& [name, block] : all) {
    header["blocks"][name] = {{"offset", offset}, {"bytes", block.size()}, {"hash", hash_of(block)}};
    offset += aligned(block.size());
  }
  std::string text = header.dump();
  text.resize(aligned(text.size()), ' ');
  Preamble preamble;
  std::copy(kMagic.begin(), kMagic.end(), preamble.magic.begin());
  preamble.file_bytes = sizeof preamble + text.size() + offset;
  preamble.header_bytes = text.size();
  preamble.header_hash = hash_of(std::as_bytes(std::span(text)));

  static constexpr std::array<std::byte, kAlignment> zeros = {};
  std::vector<Bytes> parts = {std::as_bytes(std::span(&preamble, 1)), std::as_bytes(std::span(text))};
  for (const auto& [name, block] : all) {
    parts.push_back(block);
    parts.push_back(Bytes(zeros).first(aligned(block.size()) - block.size()));
  }
  return cache_.store(name_, parts);
}

}  // namespace clipcluster::clip
