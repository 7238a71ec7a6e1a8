// See convolution_kernels.h; included by one source file for each instruction set.
#pragma once

#include "reduce/tsne/convolution_kernels.h"
#include "reduce/tsne/fft_lanes.h"

namespace clipcluster::tsne {
namespace {

inline Complex first_half(const ConvolutionPass& pass) {
  auto* lanes = reinterpret_cast<Lanes*>(pass.scratch);
  return {lanes, lanes + pass.size};
}
inline Complex second_half(const ConvolutionPass& pass) {
  auto* lanes = reinterpret_cast<Lanes*>(pass.scratch);
  return {lanes + 2 * pass.size, lanes + 3 * pass.size};
}
inline Complex forward_transform(const ConvolutionPass& pass, Complex data, Complex spare) {
  return transform(pass.passes, pass.pass_count, pass.twiddles, data, spare);
}
inline Complex inverse_transform(const ConvolutionPass& pass, Complex data, Complex spare) {
  const Complex swapped =
      transform(pass.passes, pass.pass_count, pass.twiddles, {data.im, data.re}, {spare.im, spare.re});
  return {swapped.im, swapped.re};
}

inline Lanes* lanes_at(float* from, std::size_t place) { return reinterpret_cast<Lanes*>(from + place); }

// Two real columns in one complex transform: z = a + i b.
void forward(const ConvolutionPass& pass, std::size_t block) {
  const std::size_t n = pass.size;
  const std::size_t x = 2 * kLanes * block;
  const Complex data = first_half(pass);
  for (std::size_t y = 0; y < pass.columns; ++y) {
    data.re[y] = *lanes_at(pass.grid, y * pass.columns + x);
    data.im[y] = *lanes_at(pass.grid, y * pass.columns + x + kLanes);
  }
  for (std::size_t y = pass.columns; y < n; ++y) data.re[y] = data.im[y] = Lanes{};
  const Complex z = forward_transform(pass, data, second_half(pass));
  for (std::size_t k = 0; k <= n / 2; ++k) {
    const std::size_t mirror = k == 0 ? 0 : n - k;
    const std::size_t to = k * pass.columns + x;
    *lanes_at(pass.spectrum_re, to) = 0.5F * (z.re[k] + z.re[mirror]);
    *lanes_at(pass.spectrum_im, to) = 0.5F * (z.im[k] - z.im[mirror]);
    *lanes_at(pass.spectrum_re, to + kLanes) = 0.5F * (z.im[k] + z.im[mirror]);
    *lanes_at(pass.spectrum_im, to + kLanes) = 0.5F * (z.re[mirror] - z.re[k]);
  }
}

inline void load_rows(const ConvolutionPass& pass, std::size_t block, float* spectrum, Lanes* to) {
  for (std::size_t x = 0; x < pass.columns; x += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      to[x + k] = *lanes_at(spectrum, (kLanes * block + k) * pass.columns + x);
    }
    transpose(to + x);
  }
  for (std::size_t x = pass.columns; x < pass.size; ++x) to[x] = Lanes{};
}

inline void store_rows(const ConvolutionPass& pass, std::size_t block, Lanes* from, float* spectrum) {
  for (std::size_t x = 0; x < pass.columns; x += kLanes) {
    transpose(from + x);
    for (std::size_t k = 0; k < kLanes; ++k) {
      *lanes_at(spectrum, (kLanes * block + k) * pass.columns + x) = from[x + k];
    }
  }
}

void multiply(const ConvolutionPass& pass, std::size_t block) {
  const std::size_t n = pass.size;
  const Complex data = first_half(pass);
  load_rows(pass, block, pass.spectrum_re, data.re);
  load_rows(pass, block, pass.spectrum_im, data.im);
  const Complex other = second_half(pass);
  const Complex z = forward_transform(pass, data, other);
  const Lanes* kernel = lanes_at(pass.kernel, block * (n / 2 + 1) * kLanes);
  for (std::size_t k = 0; k < n; ++k) {
    const Lanes& factor = kernel[k <= n / 2 ? k : n - k];
    z.re[k] *= factor;
    z.im[k] *= factor;
  }
  const Complex answer = inverse_transform(pass, z, z.re == data.re ? other : data);
  store_rows(pass, block, answer.re, pass.spectrum_re);
  store_rows(pass, block, answer.im, pass.spectrum_im);
}

// The kernel is even, so its spectrum is real.
void make_kernel(const ConvolutionPass& pass, std::size_t block) {
  const Complex data = first_half(pass);
  load_rows(pass, block, pass.spectrum_re, data.re);
  load_rows(pass, block, pass.spectrum_im, data.im);
  const Complex z = forward_transform(pass, data, second_half(pass));
  Lanes* kernel = lanes_at(pass.kernel, block * (pass.size / 2 + 1) * kLanes);
  for (std::size_t k = 0; k <= pass.size / 2; ++k) kernel[k] = z.re[k];
}

void backward(const ConvolutionPass& pass, std::size_t block) {
  const std::size_t n = pass.size;
  const std::size_t x = 2 * kLanes * block;
  const Complex data = first_half(pass);
  for (std::size_t k = 0; k <= n / 2; ++k) {
    const std::size_t from = k * pass.columns + x;
    const Lanes a_re = *lanes_at(pass.spectrum_re, from);
    const Lanes a_im = *lanes_at(pass.spectrum_im, from);
    const Lanes b_re = *lanes_at(pass.spectrum_re, from + kLanes);
    const Lanes b_im = *lanes_at(pass.spectrum_im, from + kLanes);
    if (k > 0) {
      data.re[n - k] = a_re + b_im;
      data.im[n - k] = b_re - a_im;
    }
    data.re[k] = a_re - b_im;
    data.im[k] = b_re + a_im;
  }
  const Complex z = inverse_transform(pass, data, second_half(pass));
  for (std::size_t y = 0; y < pass.columns; ++y) {
    *lanes_at(pass.grid, y * pass.columns + x) = z.re[y];
    *lanes_at(pass.grid, y * pass.columns + x + kLanes) = z.im[y];
  }
}

}  // namespace
}  // namespace clipcluster::tsne
