// The layout's inner loops with one edge, or one entry of a group, in every vector lane, for any vector
// type V. Included by the files of one instruction set only, each with a V of its own in an unnamed
// namespace, so that every instance stays in its file.
#pragma once

#include "reduce/umap/layout_kernel.h"

namespace clipcluster::umap {

inline constexpr std::int32_t kPhaseMask = (1 << 30) - 1;
inline constexpr double kUnit = 1 << 30;

template <class V>
inline typename V::Float lane_power(typename V::Float d2, typename V::Float b) {
  const auto bits = V::bits_of(d2);
  const auto exponent = V::template shift_right<23>(V::subtract(bits, V::whole(kRootHalfBits)));
  const auto mantissa = V::float_of(V::subtract(bits, V::template shift_left<23>(exponent)));
  const auto t = V::subtract(mantissa, V::all(1.0F));
  auto log2 = V::all(kLog2[7]);
  for (int i = 6; i >= 0; --i) log2 = V::add(V::multiply(log2, t), V::all(kLog2[i]));
  const auto wanted = V::multiply(b, V::add(V::multiply(log2, t), V::converted(exponent)));
  const auto y = V::clamp(wanted, kLargestExponent);
  const auto rounded = V::add(y, V::all(kRounding));
  const auto f = V::subtract(y, V::subtract(rounded, V::all(kRounding)));
  auto exp2 = V::all(kExp2[5]);
  for (int i = 4; i >= 0; --i) exp2 = V::add(V::multiply(exp2, f), V::all(kExp2[i]));
  const auto whole = V::add(V::subtract(V::bits_of(rounded), V::whole(kRoundingBits)), V::whole(127));
  return V::multiply(exp2, V::float_of(V::template shift_left<23>(whole)));
}

template <class V>
inline typename V::Float attraction(const Forces& forces, typename V::Float d2) {
  const auto square = V::max(d2, V::all(kSmallestSquare));
  const auto p = lane_power<V>(square, V::all(forces.b));
  const auto curve = V::add(V::multiply(V::all(forces.a), p), V::all(1.0F));
  return V::divide(V::multiply(V::all(forces.attraction), p), V::multiply(square, curve));
}

template <class V>
inline typename V::Float repulsion(const Forces& forces, typename V::Float d2) {
  const auto square = V::max(d2, V::all(kSmallestSquare));
  const auto p = lane_power<V>(square, V::all(forces.b));
  const auto curve = V::add(V::multiply(V::all(forces.a), p), V::all(1.0F));
  return V::divide(V::all(forces.repulsion), V::multiply(V::add(V::all(kRepulsionFloor), square), curve));
}

template <class V>
inline typename V::Float clipped_move(const Forces& forces, typename V::Float by,
                                      typename V::Float difference) {
  return V::multiply(V::all(forces.step), V::clamp(V::multiply(by, difference), kLargestGradient));
}

template <class V>
struct PhiloxLanes {
  typename V::Whole words[4];
};

// CounterRandom::block(index, epoch * 2^32 + draw) with an index in every lane.
template <class V>
inline PhiloxLanes<V> philox(std::uint64_t key, typename V::Whole index, std::uint32_t epoch,
                             std::uint32_t draw) {
  auto x0 = index;
  auto x1 = V::whole(0);
  auto x2 = V::whole(static_cast<std::int32_t>(draw));
  auto x3 = V::whole(static_cast<std::int32_t>(epoch));
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const auto high0 = V::high_product(x0, kPhiloxMultiplier0);
    const auto high1 = V::high_product(x2, kPhiloxMultiplier1);
    const auto low0 = V::low_product(x0, V::whole(static_cast<std::int32_t>(kPhiloxMultiplier0)));
    const auto low1 = V::low_product(x2, V::whole(static_cast<std::int32_t>(kPhiloxMultiplier1)));
    x0 = V::differ(V::differ(high1, x1), V::whole(static_cast<std::int32_t>(k0)));
    x1 = low1;
    x2 = V::differ(V::differ(high0, x3), V::whole(static_cast<std::int32_t>(k1)));
    x3 = low0;
    k0 += kPhiloxWeyl0;
    k1 += kPhiloxWeyl1;
  }
  return {{x0, x1, x2, x3}};
}

// negatives_due() of schedule.h. Quotients are exact: both numbers have far fewer than 53 bits.
template <class V>
inline typename V::Whole lane_negatives(const EdgeEpoch& epoch, typename V::Whole rate) {
  const auto phase =
      V::both(V::low_product(rate, V::whole(static_cast<std::int32_t>(epoch.epoch))), V::whole(kPhaseMask));
  const auto quotient = V::quotient(kUnit, rate);
  const auto rest = V::subtract(V::whole(1 << 30), V::low_product(quotient, rate));
  const auto left = V::add(rest, phase);
  const auto fits = V::greater(rate, left);
  const auto since = V::choose(fits, quotient, V::add(quotient, V::whole(1)));
  const auto phase_before = V::choose(fits, left, V::subtract(left, rate));
  const double per_unit = epoch.negatives_per_edge / kUnit;
  const auto total = V::add(V::whole(static_cast<std::int32_t>(epoch.negatives_per_edge)),
                            V::scaled_floor(phase, per_unit));
  const auto first_time = V::subtract(total, V::whole(1));
  return V::choose(V::equal(since, V::whole(static_cast<std::int32_t>(epoch.epoch))), first_time,
                   V::subtract(total, V::scaled_floor(phase_before, per_unit)));
}

// One end of the edges.
template <class V, std::size_t kDim>
struct Ends {
  typename V::Whole vertex;
  typename V::Whole place;
  typename V::Float x[kDim == 0 ? kMostLaneDimensions : kDim];
};

template <class V, std::size_t kDim>
inline Ends<V, kDim> load_ends(const EdgeEpoch& epoch, typename V::Whole vertex, std::size_t dim) {
  Ends<V, kDim> ends;
  const std::size_t stride = padded_dimensions(dim);
  ends.vertex = vertex;
  ends.place = V::low_product(vertex, V::whole(static_cast<std::int32_t>(stride)));
  V::template load_rows<kDim>(epoch.positions, ends.place, dim, ends.x);
  return ends;
}

template <class V, std::size_t kDim>
inline void attract_lanes(const Forces& forces, typename V::Mask active, std::size_t dim,
                          Ends<V, kDim>& heads, Ends<V, kDim>& tails) {
  auto d2 = V::all(0.0F);
  for (std::size_t c = 0; c < dim; ++c) {
    const auto difference = V::subtract(heads.x[c], tails.x[c]);
    d2 = V::add(d2, V::multiply(difference, difference));
  }
  const auto by = attraction<V>(forces, d2);
  const auto moves = V::both(active, V::positive(d2));
  for (std::size_t c = 0; c < dim; ++c) {
    const auto move = V::where(moves, clipped_move<V>(forces, by, V::subtract(heads.x[c], tails.x[c])));
    heads.x[c] = V::add(heads.x[c], move);
    tails.x[c] = V::subtract(tails.x[c], move);
  }
}

template <class V, std::size_t kDim>
inline void repel_lanes(const EdgeEpoch& epoch, typename V::Mask active, typename V::Whole number,
                        std::size_t dim, Ends<V, kDim>& ends) {
  const auto other = V::high_product(number, epoch.vertices);
  const auto place = V::low_product(other, V::whole(static_cast<std::int32_t>(padded_dimensions(dim))));
  typename V::Float difference[kDim == 0 ? kMostLaneDimensions : kDim];
  V::template load_rows<kDim>(epoch.before, place, dim, difference);
  auto d2 = V::all(0.0F);
  for (std::size_t c = 0; c < dim; ++c) {
    difference[c] = V::subtract(ends.x[c], difference[c]);
    d2 = V::add(d2, V::multiply(difference[c], difference[c]));
  }
  const auto by = repulsion<V>(epoch.forces, d2);
  const auto moves = V::both(V::both_not(active, V::equal(other, ends.vertex)), V::positive(d2));
  for (std::size_t c = 0; c < dim; ++c) {
    ends.x[c] = V::add(ends.x[c], V::where(moves, clipped_move<V>(epoch.forces, by, difference[c])));
  }
}

template <class V, std::size_t kDim>
inline void repel_from_negatives(const EdgeEpoch& epoch, typename V::Mask active, typename V::Whole index,
                                 typename V::Whole negatives, std::size_t dim, Ends<V, kDim>& ends) {
  for (std::uint32_t first = 0;; first += 4) {
    PhiloxLanes<V> numbers;
    for (std::uint32_t word = 0; word < 4; ++word) {
      const auto last = V::whole(static_cast<std::int32_t>(first + word));
      const auto some = V::both(active, V::greater(negatives, last));
      if (!V::any(some)) return;
      if (word == 0) {
        numbers = philox<V>(epoch.random_key, index, epoch.epoch, negatives_draw(epoch.reverse, first));
      }
      repel_lanes<V, kDim>(epoch, some, numbers.words[word], dim, ends);
    }
  }
}

// The edges base + due[0 .. count), count <= kLanes, all of them due.
template <class V, std::size_t kDim>
inline void move_due_edges(const EdgeEpoch& epoch, const EdgeList& edges, std::size_t base,
                           const std::uint32_t* due, std::size_t count, std::size_t any_dim) {
  const std::size_t dim = kDim == 0 ? any_dim : kDim;
  const auto active = V::first(count);
  const auto id = V::load_some(due, count);
  auto heads = load_ends<V, kDim>(epoch, V::gather_whole(active, edges.heads + base, id), dim);
  auto tails = load_ends<V, kDim>(epoch, V::gather_whole(active, edges.tails + base, id), dim);
  const auto negatives = lane_negatives<V>(epoch, V::gather_whole(active, edges.rates + base, id));
  attract_lanes<V, kDim>(epoch.forces, active, dim, heads, tails);
  const auto index = V::add(id, V::whole(static_cast<std::int32_t>(static_cast<std::uint32_t>(base))));
  repel_from_negatives<V, kDim>(epoch, active, index, negatives, dim, epoch.reverse ? tails : heads);
  V::template store_rows<kDim>(epoch.positions, heads.place, dim, count, heads.x);
  V::template store_rows<kDim>(epoch.positions, tails.place, dim, count, tails.x);
}

// Edges that are looked through at a time for those that are due.
inline constexpr std::size_t kScan = 1024;

template <class V>
inline std::size_t list_due(const EdgeEpoch& epoch, const std::uint32_t* rates, std::size_t count,
                            std::uint32_t* due) {
  std::size_t found = 0;
  for (std::size_t e = 0; e < count; e += V::kLanes) {
    const std::size_t some = count - e < V::kLanes ? count - e : V::kLanes;
    const auto rate = V::load_some(rates + e, some);
    const auto phase = V::both(V::low_product(rate, V::whole(static_cast<std::int32_t>(epoch.epoch))),
                               V::whole(kPhaseMask));
    found += V::compress(V::greater(rate, phase), static_cast<std::uint32_t>(e), due + found);
  }
  return found;
}

template <class V, std::size_t kDim>
inline void move_edges(const EdgeEpoch& epoch, const EdgeList& edges, std::size_t begin, std::size_t end,
                       std::size_t dim) {
  if (epoch.epoch == 0) return;
  alignas(64) std::uint32_t due[kScan + V::kLanes];
  for (std::size_t base = begin; base < end; base += kScan) {
    const std::size_t size = end - base < kScan ? end - base : kScan;
    const std::size_t count = list_due<V>(epoch, edges.rates + base, size, due);
    for (std::size_t i = 0; i < count; i += V::kLanes) {
      const std::size_t some = count - i < V::kLanes ? count - i : V::kLanes;
      move_due_edges<V, kDim>(epoch, edges, base, due + i, some, dim);
    }
  }
}

template <class V, std::size_t kDim>
inline void settle_group(const Forces& forces, const std::uint32_t* entries, std::size_t count,
                         const float* others, std::size_t any_dim, float* own) {
  const std::size_t dim = kDim == 0 ? any_dim : kDim;
  typename V::Float difference[kDim == 0 ? kMostLaneDimensions : kDim];
  typename V::Float block[kDim == 0 ? kMostLaneDimensions : kDim];
  float total[kDim == 0 ? kMostLaneDimensions : kDim] = {};
  for (std::size_t first = 0; first < count; first += kSettleLanes) {
    for (std::size_t c = 0; c < dim; ++c) block[c] = V::all(0.0F);
    for (std::size_t part = 0; part < kSettleLanes; part += V::kLanes) {
      const std::size_t left = count > first + part ? count - first - part : 0;
      const std::size_t some = left < V::kLanes ? left : V::kLanes;
      const auto active = V::first(some);
      const auto entry = V::load_some(entries + (some == 0 ? 0 : first + part), some);
      const auto attracts = V::negative(entry);
      const auto place = V::low_product(V::both(entry, V::whole(static_cast<std::int32_t>(kVertex))),
                                        V::whole(static_cast<std::int32_t>(dim)));
      auto d2 = V::all(0.0F);
      for (std::size_t c = 0; c < dim; ++c) {
        difference[c] = V::subtract(V::all(own[c]), V::gather(active, others + c, place));
        d2 = V::add(d2, V::multiply(difference[c], difference[c]));
      }
      const auto square = V::max(d2, V::all(kSmallestSquare));
      const auto p = lane_power<V>(square, V::all(forces.b));
      const auto curve = V::add(V::multiply(V::all(forces.a), p), V::all(1.0F));
      const auto above =
          V::blend(attracts, V::multiply(V::all(forces.attraction), p), V::all(forces.repulsion));
      const auto below = V::blend(attracts, square, V::add(V::all(kRepulsionFloor), square));
      const auto by = V::divide(above, V::multiply(below, curve));
      const auto moves = V::both(active, V::positive(d2));
      for (std::size_t c = 0; c < dim; ++c) {
        const auto move = V::where(moves, clipped_move<V>(forces, by, difference[c]));
        block[c] = V::add(block[c], move);
      }
    }
    for (std::size_t c = 0; c < dim; ++c) total[c] += V::sum_of_halves(block[c]);
  }
  for (std::size_t c = 0; c < dim; ++c) own[c] += total[c];
}

template <class V, std::size_t kDim>
inline void settle(const Forces& forces, const std::uint32_t* entries, const std::uint32_t* group_begin,
                   std::size_t groups, const float* others, std::size_t dim, float* own) {
  for (std::size_t g = 0; g < groups; ++g) {
    settle_group<V, kDim>(forces, entries + group_begin[g], group_begin[g + 1] - group_begin[g], others,
                          dim, own);
  }
}

// Calls run.template operator()<kDim>() with dim, or with 0 where there is no version of its own.
template <class Run>
inline void with_dimension(std::size_t dim, Run run) {
  switch (dim) {
    case 2:
      return run.template operator()<2>();
    case 3:
      return run.template operator()<3>();
    case 4:
      return run.template operator()<4>();
    case 5:
      return run.template operator()<5>();
    case 8:
      return run.template operator()<8>();
    case 10:
      return run.template operator()<10>();
    default:
      return run.template operator()<0>();
  }
}

template <class V>
inline void move_edges_any(const EdgeEpoch& epoch, const EdgeList& edges, std::size_t begin,
                           std::size_t end) {
  with_dimension(epoch.dim,
                 [&]<std::size_t kDim>() { move_edges<V, kDim>(epoch, edges, begin, end, epoch.dim); });
}

template <class V>
inline void settle_any(const Forces& forces, const std::uint32_t* entries, const std::uint32_t* group_begin,
                       std::size_t groups, const float* others, std::size_t dim, float* own) {
  with_dimension(dim, [&]<std::size_t kDim>() {
    settle<V, kDim>(forces, entries, group_begin, groups, others, dim, own);
  });
}

}  // namespace clipcluster::umap
