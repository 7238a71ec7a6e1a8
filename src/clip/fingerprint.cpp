#include "clip/fingerprint.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "clip/json_file.h"

namespace clipcluster::clip {
namespace {

using State = std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)>;

// The length goes in first, so that bytes cannot wander from one file to the next unseen.
void add(State& state, std::span<const std::byte> bytes) {
  const auto size = static_cast<std::uint64_t>(bytes.size());
  XXH3_128bits_update(state.get(), &size, sizeof size);
  XXH3_128bits_update(state.get(), bytes.data(), bytes.size());
}

void add(State& state, const std::string& text) { add(state, std::as_bytes(std::span(text))); }

}  // namespace

Result<std::string> model_fingerprint(const std::string& folder, const Checkpoint& checkpoint) {
  State state(XXH3_createState(), XXH3_freeState);
  if (!state) return Status::resource_limit("there is not enough memory to hash the model");
  XXH3_128bits_reset(state.get());
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string config, read_small_file(folder + "/config.json"));
  add(state, config);
  // A checkpoint of the text tower alone may have none.
  const auto preprocessor = read_small_file(folder + "/preprocessor_config.json");
  add(state, preprocessor.is_ok() ? *preprocessor : std::string());
  for (const WeightFile& file : checkpoint.files()) add(state, file.bytes());
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace clipcluster::clip
