// The layout's inner loop with one list in every vector lane, for any vector type V. Included by the
// files of one instruction set only, each with a V of its own in an unnamed namespace, so that every
// instance stays in its file.
#pragma once

#include "reduce/umap/layout_kernel.h"

namespace clipcluster::umap {

template <class V>
inline typename V::Float lane_power(typename V::Float d2, typename V::Float b) {
  const auto bits = V::bits_of(d2);
  const auto exponent = V::template shift_right<23>(V::subtract(bits, V::whole(kRootHalfBits)));
  const auto mantissa = V::float_of(V::subtract(bits, V::template shift_left<23>(exponent)));
  const auto t = V::subtract(mantissa, V::all(1.0F));
  auto log2 = V::all(kLog2[7]);
  for (int i = 6; i >= 0; --i) log2 = V::multiply_add(log2, t, V::all(kLog2[i]));
  const auto wanted = V::multiply(b, V::multiply_add(log2, t, V::converted(exponent)));
  const auto y = V::clamp(wanted, kLargestExponent);
  const auto rounded = V::add(y, V::all(kRounding));
  const auto f = V::subtract(y, V::subtract(rounded, V::all(kRounding)));
  auto exp2 = V::all(kExp2[5]);
  for (int i = 4; i >= 0; --i) exp2 = V::multiply_add(exp2, f, V::all(kExp2[i]));
  const auto whole = V::add(V::subtract(V::bits_of(rounded), V::whole(kRoundingBits)), V::whole(127));
  return V::multiply(exp2, V::float_of(V::template shift_left<23>(whole)));
}

template <class V>
inline typename V::Float lane_coefficient(const Forces& forces, typename V::Float d2,
                                          typename V::Mask attracts) {
  const auto square = V::max(d2, V::all(kSmallestSquare));
  const auto p = lane_power<V>(square, V::all(forces.b));
  const auto curve = V::multiply_add(V::all(forces.a), p, V::all(1.0F));
  const auto above =
      V::blend(attracts, V::multiply(V::all(forces.attraction), p), V::all(forces.repulsion));
  const auto below = V::blend(attracts, square, V::add(V::all(kRepulsionFloor), square));
  return V::divide(above, V::multiply(below, curve));
}

// kLanes lists (some perhaps empty). kDim = 0: any dim up to kMostLaneDimensions.
template <class V, std::size_t kDim>
inline void move_lanes(const Forces& forces, const std::uint32_t* entries, const std::int32_t* begin,
                       const std::int32_t* length, std::int32_t longest, const float* others,
                       std::size_t any_dim, float (*own)[V::kLanes]) {
  const std::size_t dim = kDim == 0 ? any_dim : kDim;
  typename V::Float y[kDim == 0 ? kMostLaneDimensions : kDim];
  typename V::Float difference[kDim == 0 ? kMostLaneDimensions : kDim];
  typename V::Float moved[kDim == 0 ? kMostLaneDimensions : kDim];
  for (std::size_t c = 0; c < dim; ++c) {
    y[c] = V::load(own[c]);
    moved[c] = V::all(0.0F);
  }
  const auto first = V::load_whole(begin);
  const auto count = V::load_whole(length);
  for (std::int32_t i = 0; i < longest; ++i) {
    const auto active = V::greater(count, V::whole(i));
    const auto entry = V::gather_whole(active, entries, V::add(first, V::whole(i)));
    const auto attracts = V::negative(entry);
    const auto answered = V::negative(V::template shift_left<1>(entry));
    const auto place = V::multiply_whole(V::both(entry, V::whole(static_cast<std::int32_t>(kVertex))),
                                         static_cast<std::int32_t>(dim));
    auto d2 = V::all(0.0F);
    for (std::size_t c = 0; c < dim; ++c) {
      difference[c] = V::subtract(y[c], V::gather(active, others + c, place));
      difference[c] = V::add_where(answered, difference[c], moved[c]);
      d2 = V::multiply_add(difference[c], difference[c], d2);
    }
    const auto by = lane_coefficient<V>(forces, d2, attracts);
    const auto moves = V::both(active, V::positive(d2));
    for (std::size_t c = 0; c < dim; ++c) {
      const auto gradient = V::clamp(V::multiply(by, difference[c]), kLargestGradient);
      moved[c] = V::where(moves, V::multiply(V::all(forces.step), gradient));
      y[c] = V::add(y[c], moved[c]);
    }
  }
  for (std::size_t c = 0; c < dim; ++c) V::store(own[c], y[c]);
}

template <class V, std::size_t kDim>
inline void move_all(const Forces& forces, const MoveLists& lists, const float* others, std::size_t any_dim,
                     float* own) {
  const std::size_t dim = kDim == 0 ? any_dim : kDim;
  for (std::size_t list = 0; list < lists.count; list += V::kLanes) {
    const std::size_t used = lists.count - list < V::kLanes ? lists.count - list : V::kLanes;
    alignas(64) std::int32_t begin[V::kLanes] = {};
    alignas(64) std::int32_t length[V::kLanes] = {};
    alignas(64) float lanes[kDim == 0 ? kMostLaneDimensions : kDim][V::kLanes] = {};
    std::int32_t longest = 0;
    for (std::size_t lane = 0; lane < used; ++lane) {
      begin[lane] = lists.begin[list + lane];
      length[lane] = lists.length[list + lane];
      longest = length[lane] > longest ? length[lane] : longest;
      for (std::size_t c = 0; c < dim; ++c) lanes[c][lane] = own[(list + lane) * dim + c];
    }
    move_lanes<V, kDim>(forces, lists.entries, begin, length, longest, others, dim, lanes);
    for (std::size_t lane = 0; lane < used; ++lane) {
      for (std::size_t c = 0; c < dim; ++c) own[(list + lane) * dim + c] = lanes[c][lane];
    }
  }
}

template <class V>
inline void move_any_dimension(const Forces& forces, const MoveLists& lists, const float* others,
                               std::size_t dim, float* own) {
  switch (dim) {
    case 2:
      return move_all<V, 2>(forces, lists, others, dim, own);
    case 3:
      return move_all<V, 3>(forces, lists, others, dim, own);
    case 5:
      return move_all<V, 5>(forces, lists, others, dim, own);
    default:
      return move_all<V, 0>(forces, lists, others, dim, own);
  }
}

}  // namespace clipcluster::umap
