#include "clip/fingerprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "clip/json_file.h"

namespace clipcluster::clip {
namespace {

using internal::FileState;
using State = std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)>;

// The length goes in first, so that bytes cannot wander from one file to the next unseen.
void add(State& state, std::span<const std::byte> bytes) {
  const auto size = static_cast<std::uint64_t>(bytes.size());
  XXH3_128bits_update(state.get(), &size, sizeof size);
  XXH3_128bits_update(state.get(), bytes.data(), bytes.size());
}

void add(State& state, const std::string& text) { add(state, std::as_bytes(std::span(text))); }

std::string digits(const XXH128_hash_t& hash) {
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string hash_of(const std::string& text) { return digits(XXH3_128bits(text.data(), text.size())); }

// The small files, which are read each time.
struct Configuration {
  std::string config;
  std::string preprocessor;
};

Result<Configuration> read_configuration(const std::string& folder) {
  Configuration configuration;
  CLIPCLUSTER_ASSIGN_OR_RETURN(configuration.config, read_small_file(folder + "/config.json"));
  // A checkpoint of the text tower alone may have none.
  const auto preprocessor = read_small_file(folder + "/preprocessor_config.json");
  if (preprocessor.is_ok()) configuration.preprocessor = *preprocessor;
  return configuration;
}

Result<std::string> compute(const Configuration& configuration, const Checkpoint& checkpoint) {
  State state(XXH3_createState(), XXH3_freeState);
  if (!state) return Status::resource_limit("there is not enough memory to hash the model");
  XXH3_128bits_reset(state.get());
  add(state, configuration.config);
  add(state, configuration.preprocessor);
  for (const WeightFile& file : checkpoint.files()) add(state, file.bytes());
  return digits(XXH3_128bits_digest(state.get()));
}

// Everything that a remembered fingerprint depends on. The record holds it whole, so that nothing rests
// on the record's name alone.
std::string describe(const Configuration& configuration, const Checkpoint& checkpoint) {
  std::string text = fmt::format("clipcluster model fingerprint 1\nconfig {}\npreprocessor {}\n",
                                 hash_of(configuration.config), hash_of(configuration.preprocessor));
  for (const WeightFile& file : checkpoint.files()) {
    const FileState& state = file.file->state();
    text += fmt::format("file {} bytes, modified {}, changed {}, device {}, inode {}: {}\n", state.bytes,
                        state.modified_ns, state.changed_ns, state.device, state.inode, file.path);
  }
  return text;
}

std::string with_check(const std::string& text) { return text + "check " + hash_of(text) + "\n"; }

std::optional<std::string> recall(const std::string& path, const std::string& description) {
  constexpr std::size_t digit_count = 32;
  const auto record = read_small_file(path);
  if (!record.is_ok() || !record->starts_with(description)) return std::nullopt;
  const std::string fingerprint = record->substr(description.size(), digit_count);
  return *record == with_check(description + fingerprint + "\n") ? std::optional(fingerprint)
                                                                 : std::nullopt;
}

// Nobody changed the files while they were hashed, nor so shortly before that it might not show.
bool settled(const Checkpoint& checkpoint, std::int64_t settled_ns) {
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  return std::all_of(checkpoint.files().begin(), checkpoint.files().end(), [&](const WeightFile& file) {
    const auto state = internal::file_state(file.path);
    return state.is_ok() && *state == file.file->state() && state->changed_ns + settled_ns <= now &&
           state->modified_ns + settled_ns <= now;
  });
}

}  // namespace

Result<std::string> model_fingerprint(const std::string& folder, const Checkpoint& checkpoint) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Configuration configuration, read_configuration(folder));
  return compute(configuration, checkpoint);
}

Result<std::string> cached_model_fingerprint(const std::string& folder, const Checkpoint& checkpoint,
                                             const internal::CacheFolder& cache,
                                             const FingerprintCacheOptions& options) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Configuration configuration, read_configuration(folder));
  if (checkpoint.bytes() < options.smallest_bytes) return compute(configuration, checkpoint);
  const std::string description = describe(configuration, checkpoint);
  const std::string name = hash_of(description);
  if (auto known = recall(cache.file(name), description)) return *std::move(known);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string fingerprint, compute(configuration, checkpoint));
  if (settled(checkpoint, options.settled_ns)) {
    const std::string record = with_check(description + fingerprint + "\n");
    const std::span<const std::byte> part = std::as_bytes(std::span(record));
    static_cast<void>(cache.store(name, std::span(&part, 1)));
  }
  return fingerprint;
}

}  // namespace clipcluster::clip
