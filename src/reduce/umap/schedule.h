// When the layout samples an edge, and how many negatives go with it: umap-learn's schedule in closed
// form. There, an edge of weight w is sampled every max / w epochs, counted in floating point that is
// carried along per edge. Here, with rate = w / max in units of 2^-30, it is sampled in epoch t when
// floor(t rate) passes a new integer. Needs 4 bytes per edge and no state.
#pragma once

#include <algorithm>
#include <cstdint>

namespace clipcluster::umap {

inline constexpr std::uint32_t kUnitRate = std::uint32_t{1} << 30;

// 0 < weight <= largest.
inline std::uint32_t sampling_rate(float weight, float largest) {
  const double share = static_cast<double>(weight) / static_cast<double>(largest);
  return std::max(std::uint32_t{1},
                  static_cast<std::uint32_t>(share * static_cast<double>(kUnitRate) + 0.5));
}

// The part of epoch * rate below one sample.
inline std::uint32_t sampling_phase(std::uint32_t rate, std::uint32_t epoch) {
  return (rate * epoch) & (kUnitRate - 1);
}

// Nothing is sampled in epoch 0.
inline bool is_due(std::uint32_t rate, std::uint32_t epoch) {
  return epoch > 0 && sampling_phase(rate, epoch) < rate;
}

// Negatives for an edge that is due: those of floor(epoch rate per_edge) - 1 not drawn when it was due
// before. It was due before `since` epochs, the most whose rates fit into one unit and the phase. All
// of umap-learn's sums of halves and thirds of epochs come down to the two phases.
inline std::uint32_t negatives_due(std::uint32_t rate, std::uint32_t epoch, std::uint32_t per_edge) {
  const std::uint32_t phase = sampling_phase(rate, epoch);
  const std::uint32_t left = kUnitRate % rate + phase;
  const bool one_more = left >= rate;
  const std::uint32_t since = kUnitRate / rate + (one_more ? 1 : 0);
  const std::uint32_t phase_before = one_more ? left - rate : left;
  const auto drawn = [per_edge](std::uint32_t at) {
    return static_cast<std::uint32_t>((std::uint64_t{at} * per_edge) >> 30);
  };
  const std::uint32_t total = per_edge + drawn(phase);
  if (since == epoch) return total == 0 ? 0 : total - 1;  // never due before
  return total - drawn(phase_before);
}

}  // namespace clipcluster::umap
