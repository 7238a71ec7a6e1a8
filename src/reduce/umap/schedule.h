// When the layout samples an edge, and how many negatives go with it: umap-learn's schedule in closed
// form. There, an edge of weight w is sampled every max / w epochs, counted in floating point that is
// carried along per edge. Here, with rate = w / max in units of 2^-31, it is sampled in epoch t when
// floor(t rate) passes a new integer. Needs 4 bytes per edge and no state.
#pragma once

#include <algorithm>
#include <cstdint>

namespace clipcluster::umap {

inline constexpr std::uint64_t kUnitRate = std::uint64_t{1} << 31;

// 0 < weight <= largest.
inline std::uint32_t sampling_rate(float weight, float largest) {
  const double share = static_cast<double>(weight) / static_cast<double>(largest);
  return std::max(std::uint32_t{1},
                  static_cast<std::uint32_t>(share * static_cast<double>(kUnitRate) + 0.5));
}

// Nothing is sampled in epoch 0.
inline bool is_due(std::uint32_t rate, std::uint32_t epoch) {
  return epoch > 0 && ((rate * std::uint64_t{epoch}) & (kUnitRate - 1)) < rate;
}

// Negatives for an edge that is due: those of floor(epoch rate per_edge) - 1 not drawn when it was
// due before.
inline std::uint32_t negatives_due(std::uint32_t rate, std::uint32_t epoch, std::uint32_t per_edge) {
  const std::uint64_t now = rate * std::uint64_t{epoch};
  const auto drawn_until = [&](std::uint64_t at) {
    const std::uint64_t total = (rate * at * per_edge) >> 31;
    return total == 0 ? 0 : total - 1;
  };
  const std::uint64_t samples = now >> 31;
  if (samples <= 1) return static_cast<std::uint32_t>(drawn_until(epoch));
  const std::uint64_t before = (((samples - 1) << 31) + rate - 1) / rate;
  return static_cast<std::uint32_t>(drawn_until(epoch) - drawn_until(before));
}

}  // namespace clipcluster::umap
