// Counter-based random numbers: a number is a pure function of (seed, what it is for, index, draw),
// never of a thread or of the order of calls. Philox 4x32 with 10 rounds, from Salmon, Moraes, Dror
// and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace clipcluster {

class CounterRandom {
 public:
  // `purpose` names the use ("umap negatives"): two uses with one seed share no numbers.
  constexpr CounterRandom(std::uint64_t seed, std::string_view purpose) : key_(mix(seed, purpose)) {}

  // For kernels that work out many blocks at once: the same numbers come of the same key.
  static constexpr CounterRandom with_key(std::uint64_t key) { return CounterRandom(key); }
  constexpr std::uint64_t key() const { return key_; }

  // Four independent 32-bit numbers for this (index, draw).
  constexpr std::array<std::uint32_t, 4> block(std::uint64_t index, std::uint64_t draw) const {
    std::array<std::uint32_t, 4> x = {
        static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
        static_cast<std::uint32_t>(draw), static_cast<std::uint32_t>(draw >> 32)};
    auto k0 = static_cast<std::uint32_t>(key_);
    auto k1 = static_cast<std::uint32_t>(key_ >> 32);
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53U} * x[0];
      const std::uint64_t p1 = std::uint64_t{0xCD9E8D57U} * x[2];
      x = {static_cast<std::uint32_t>(p1 >> 32) ^ x[1] ^ k0, static_cast<std::uint32_t>(p1),
           static_cast<std::uint32_t>(p0 >> 32) ^ x[3] ^ k1, static_cast<std::uint32_t>(p0)};
      k0 += 0x9E3779B9U;
      k1 += 0xBB67AE85U;
    }
    return x;
  }

  constexpr std::uint64_t bits(std::uint64_t index, std::uint64_t draw = 0) const {
    const auto x = block(index, draw);
    return std::uint64_t{x[0]} | (std::uint64_t{x[1]} << 32);
  }
  // Uniform in [0, 1).
  constexpr double uniform(std::uint64_t index, std::uint64_t draw = 0) const {
    return static_cast<double>(bits(index, draw) >> 11) * 0x1.0p-53;
  }
  // Uniform in [0, bound); bound > 0. The bias of the multiplication is below bound / 2^32.
  constexpr std::uint32_t below(std::uint32_t bound, std::uint64_t index, std::uint64_t draw = 0) const {
    return static_cast<std::uint32_t>((std::uint64_t{block(index, draw)[0]} * bound) >> 32);
  }
  // Standard normal (Box-Muller).
  double normal(std::uint64_t index, std::uint64_t draw = 0) const {
    const auto x = block(index, draw);
    const double u = (static_cast<double>(x[0]) + 1.0) * 0x1.0p-32;
    const double v = static_cast<double>(x[1]) * 0x1.0p-32;
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
  }

 private:
  explicit constexpr CounterRandom(std::uint64_t key) : key_(key) {}
  static constexpr std::uint64_t mix(std::uint64_t seed, std::string_view purpose) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a over the purpose
    for (const char c : purpose) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    }
    hash ^= seed + 0x9E3779B97F4A7C15ULL;
    hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9ULL;  // SplitMix64's finaliser
    hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBULL;
    return hash ^ (hash >> 31);
  }
  std::uint64_t key_;
};

}  // namespace clipcluster
