// Functions of whole registers, over a type V that names a register and its instructions. Everything
// is local to the including file.
#pragma once

#include "clip/engines/kinds.h"

namespace clipcluster::clip {
namespace {

// exp of x in [-87, 0]; below that, exp(-87). Cody and Waite's reduction to |r| <= ln(2)/2 and the
// Taylor polynomial of degree 7, whose remainder there is below 6e-9.
template <class V>
typename V::Reg exp_of_negative(typename V::Reg x) {
  using Reg = typename V::Reg;
  x = V::max(x, V::set(-87.0F));
  const Reg n = V::nearest(V::mul(x, V::set(1.44269504F)));
  Reg r = V::fma(n, V::set(-0.693359375F), x);
  r = V::fma(n, V::set(2.12194440e-4F), r);
  Reg p = V::set(1.0F / 5040.0F);
  p = V::fma(p, r, V::set(1.0F / 720.0F));
  p = V::fma(p, r, V::set(1.0F / 120.0F));
  p = V::fma(p, r, V::set(1.0F / 24.0F));
  p = V::fma(p, r, V::set(1.0F / 6.0F));
  p = V::fma(p, r, V::set(0.5F));
  p = V::fma(p, r, V::set(1.0F));
  p = V::fma(p, r, V::set(1.0F));
  return V::times_power_of_two(p, n);
}

// 1 / (1 + exp(-x)), through the exponential of a negative number on both sides.
template <class V>
typename V::Reg sigmoid(typename V::Reg x) {
  using Reg = typename V::Reg;
  const Reg e = exp_of_negative<V>(V::sub(V::set(0.0F), V::absolute(x)));
  return V::mul(V::if_negative(x, e, V::set(1.0F)), V::inverse(V::add(V::set(1.0F), e)));
}

// Abramowitz and Stegun 7.1.26: the error is below 1.5e-7.
template <class V>
typename V::Reg erf(typename V::Reg x) {
  using Reg = typename V::Reg;
  const Reg size = V::absolute(x);
  const Reg t = V::inverse(V::fma(size, V::set(0.3275911F), V::set(1.0F)));
  Reg p = V::set(1.061405429F);
  p = V::fma(p, t, V::set(-1.453152027F));
  p = V::fma(p, t, V::set(1.421413741F));
  p = V::fma(p, t, V::set(-0.284496736F));
  p = V::fma(p, t, V::set(0.254829592F));
  const Reg e = exp_of_negative<V>(V::sub(V::set(0.0F), V::mul(size, size)));
  return V::with_sign_of(V::sub(V::set(1.0F), V::mul(V::mul(p, t), e)), x);
}

template <class V>
typename V::Reg activate(engines::Activation activation, typename V::Reg x) {
  using engines::Activation;
  if (activation == Activation::quick_gelu) return V::mul(x, sigmoid<V>(V::mul(x, V::set(1.702F))));
  if (activation == Activation::gelu) {
    const auto phi = V::add(V::set(1.0F), erf<V>(V::mul(x, V::set(0.707106781F))));
    return V::mul(V::mul(x, V::set(0.5F)), phi);
  }
  if (activation == Activation::gelu_tanh) {
    // (1 + tanh(y)) / 2 = sigmoid(2 y)
    const auto cubic = V::fma(V::mul(x, x), V::set(0.044715F), V::set(1.0F));
    return V::mul(x, sigmoid<V>(V::mul(V::mul(x, cubic), V::set(1.595769122F))));
  }
  return x;
}

}  // namespace
}  // namespace clipcluster::clip
