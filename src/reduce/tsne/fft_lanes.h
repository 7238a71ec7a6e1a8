// Sixteen Fourier transforms beside each other, one in each lane. Included by one source file for each
// instruction set, so everything lies in an unnamed namespace. Only whole-lane additions and
// multiplications, in one order: every instruction set gives the same bits.
#pragma once

#include <cstddef>

#include "reduce/tsne/fft_pass.h"

namespace clipcluster::tsne {
namespace {

using Lanes = float __attribute__((vector_size(64), may_alias));
using LaneIndex = int __attribute__((vector_size(64)));

struct Complex {
  Lanes* re;
  Lanes* im;
};
struct ConstComplex {
  const Lanes* re;
  const Lanes* im;
};

// (re, im) times the factor w.
inline __attribute__((always_inline)) void store_times(const Lanes& re, const Lanes& im, const float* w,
                                                       Complex to, std::ptrdiff_t place) {
  to.re[place] = re * w[0] - im * w[1];
  to.im[place] = re * w[1] + im * w[0];
}

inline void pass2(ConstComplex x, Complex y, int length, int stride, const float* w) {
  const std::ptrdiff_t s = stride;
  const std::ptrdiff_t m = length / 2;
  for (std::ptrdiff_t p = 0; p < m; ++p, w += 2) {
    for (std::ptrdiff_t q = 0; q < s; ++q) {
      const std::ptrdiff_t a = q + s * p;
      const std::ptrdiff_t b = a + s * m;
      const std::ptrdiff_t to = q + s * 2 * p;
      y.re[to] = x.re[a] + x.re[b];
      y.im[to] = x.im[a] + x.im[b];
      store_times(x.re[a] - x.re[b], x.im[a] - x.im[b], w, y, to + s);
    }
  }
}

inline void pass3(ConstComplex x, Complex y, int length, int stride, const float* w) {
  constexpr float sine = 0.866025403784438647F;
  const std::ptrdiff_t s = stride;
  const std::ptrdiff_t m = length / 3;
  for (std::ptrdiff_t p = 0; p < m; ++p, w += 4) {
    for (std::ptrdiff_t q = 0; q < s; ++q) {
      const std::ptrdiff_t a = q + s * p;
      const std::ptrdiff_t b = a + s * m;
      const std::ptrdiff_t c = b + s * m;
      const std::ptrdiff_t to = q + s * 3 * p;
      const Lanes sum_re = x.re[b] + x.re[c];
      const Lanes sum_im = x.im[b] + x.im[c];
      const Lanes turn_re = sine * (x.re[b] - x.re[c]);
      const Lanes turn_im = sine * (x.im[b] - x.im[c]);
      const Lanes mid_re = x.re[a] - 0.5F * sum_re;
      const Lanes mid_im = x.im[a] - 0.5F * sum_im;
      y.re[to] = x.re[a] + sum_re;
      y.im[to] = x.im[a] + sum_im;
      store_times(mid_re + turn_im, mid_im - turn_re, w, y, to + s);
      store_times(mid_re - turn_im, mid_im + turn_re, w + 2, y, to + 2 * s);
    }
  }
}

inline void pass4(ConstComplex x, Complex y, int length, int stride, const float* w) {
  const std::ptrdiff_t s = stride;
  const std::ptrdiff_t m = length / 4;
  for (std::ptrdiff_t p = 0; p < m; ++p, w += 6) {
    for (std::ptrdiff_t q = 0; q < s; ++q) {
      const std::ptrdiff_t a = q + s * p;
      const std::ptrdiff_t b = a + s * m;
      const std::ptrdiff_t c = b + s * m;
      const std::ptrdiff_t d = c + s * m;
      const std::ptrdiff_t to = q + s * 4 * p;
      const Lanes even_re = x.re[a] + x.re[c];
      const Lanes even_im = x.im[a] + x.im[c];
      const Lanes apart_re = x.re[a] - x.re[c];
      const Lanes apart_im = x.im[a] - x.im[c];
      const Lanes odd_re = x.re[b] + x.re[d];
      const Lanes odd_im = x.im[b] + x.im[d];
      const Lanes turn_re = x.re[b] - x.re[d];
      const Lanes turn_im = x.im[b] - x.im[d];
      y.re[to] = even_re + odd_re;
      y.im[to] = even_im + odd_im;
      store_times(apart_re + turn_im, apart_im - turn_re, w, y, to + s);
      store_times(even_re - odd_re, even_im - odd_im, w + 2, y, to + 2 * s);
      store_times(apart_re - turn_im, apart_im + turn_re, w + 4, y, to + 3 * s);
    }
  }
}

inline void pass5(ConstComplex x, Complex y, int length, int stride, const float* w) {
  constexpr float c1 = 0.309016994374947424F;
  constexpr float c2 = -0.809016994374947424F;
  constexpr float s1 = 0.951056516295153572F;
  constexpr float s2 = 0.587785252292473129F;
  const std::ptrdiff_t s = stride;
  const std::ptrdiff_t m = length / 5;
  for (std::ptrdiff_t p = 0; p < m; ++p, w += 8) {
    for (std::ptrdiff_t q = 0; q < s; ++q) {
      const std::ptrdiff_t a = q + s * p;
      const std::ptrdiff_t b = a + s * m;
      const std::ptrdiff_t c = b + s * m;
      const std::ptrdiff_t d = c + s * m;
      const std::ptrdiff_t e = d + s * m;
      const std::ptrdiff_t to = q + s * 5 * p;
      const Lanes outer_re = x.re[b] + x.re[e];
      const Lanes outer_im = x.im[b] + x.im[e];
      const Lanes inner_re = x.re[c] + x.re[d];
      const Lanes inner_im = x.im[c] + x.im[d];
      const Lanes across_re = x.re[b] - x.re[e];
      const Lanes across_im = x.im[b] - x.im[e];
      const Lanes between_re = x.re[c] - x.re[d];
      const Lanes between_im = x.im[c] - x.im[d];
      y.re[to] = x.re[a] + outer_re + inner_re;
      y.im[to] = x.im[a] + outer_im + inner_im;
      const Lanes near_re = x.re[a] + c1 * outer_re + c2 * inner_re;
      const Lanes near_im = x.im[a] + c1 * outer_im + c2 * inner_im;
      const Lanes far_re = x.re[a] + c2 * outer_re + c1 * inner_re;
      const Lanes far_im = x.im[a] + c2 * outer_im + c1 * inner_im;
      const Lanes turn1_re = s1 * across_re + s2 * between_re;
      const Lanes turn1_im = s1 * across_im + s2 * between_im;
      const Lanes turn2_re = s2 * across_re - s1 * between_re;
      const Lanes turn2_im = s2 * across_im - s1 * between_im;
      store_times(near_re + turn1_im, near_im - turn1_re, w, y, to + s);
      store_times(far_re + turn2_im, far_im - turn2_re, w + 2, y, to + 2 * s);
      store_times(far_re - turn2_im, far_im + turn2_re, w + 4, y, to + 3 * s);
      store_times(near_re - turn1_im, near_im + turn1_re, w + 6, y, to + 4 * s);
    }
  }
}

// Transforms `data`, using `spare` as well; the answer is where the returned pointers say. Swapping the
// real and imaginary parts of what goes in and comes out makes it the inverse, without 1 / size.
inline Complex transform(const FftPass* passes, std::size_t count, const float* twiddles, Complex data,
                         Complex spare) {
  for (std::size_t i = 0; i < count; ++i) {
    const FftPass& pass = passes[i];
    const float* w = twiddles + pass.first;
    const ConstComplex from = {data.re, data.im};
    if (pass.radix == 4) pass4(from, spare, pass.length, pass.stride, w);
    if (pass.radix == 2) pass2(from, spare, pass.length, pass.stride, w);
    if (pass.radix == 3) pass3(from, spare, pass.length, pass.stride, w);
    if (pass.radix == 5) pass5(from, spare, pass.length, pass.stride, w);
    const Complex swapped = data;
    data = spare;
    spare = swapped;
  }
  return data;
}

template <int kHalf>
inline void exchange(Lanes* rows) {
  LaneIndex upper;
  LaneIndex lower;
  for (int lane = 0; lane < 16; ++lane) {
    upper[lane] = (lane & kHalf) == 0 ? lane : 16 + lane - kHalf;
    lower[lane] = (lane & kHalf) == 0 ? lane + kHalf : 16 + lane;
  }
  for (int i = 0; i < 16; ++i) {
    if ((i & kHalf) != 0) continue;
    const Lanes a = rows[i];
    const Lanes b = rows[i + kHalf];
    rows[i] = __builtin_shuffle(a, b, upper);
    rows[i + kHalf] = __builtin_shuffle(a, b, lower);
  }
}

// 16 x 16, by halves (Eklundh 1972).
inline void transpose(Lanes* rows) {
  exchange<8>(rows);
  exchange<4>(rows);
  exchange<2>(rows);
  exchange<1>(rows);
}

}  // namespace
}  // namespace clipcluster::tsne
