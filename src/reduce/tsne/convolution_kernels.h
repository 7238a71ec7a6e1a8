// The passes of a two-dimensional convolution, for blocks of 16 columns or rows.
#pragma once

#include <cstddef>

#include "reduce/tsne/fft_pass.h"

namespace clipcluster::tsne {

// A transform of `size` rows, of which the first half (or all, for the kernel itself) hold values.
// spectrum: [size / 2 + 1 rounded up to 16, columns], real and imaginary part.
struct ConvolutionPass {
  const FftPass* passes;
  std::size_t pass_count;
  const float* twiddles;
  std::size_t size;
  std::size_t columns;  // of grid and spectrum
  float* grid;          // [columns, columns]
  float* spectrum_re;
  float* spectrum_im;
  float* kernel;   // [rows of spectrum / 16][size / 2 + 1][16]: what a spectrum is multiplied by
  float* scratch;  // 4 * 16 * size, 64-byte aligned, of this call
};

struct ConvolutionKernels {
  // Down the columns 32 * block .. 32 * block + 31 of the grid, into the spectrum.
  void (*forward)(const ConvolutionPass& pass, std::size_t block);
  // Along the rows 16 * block .. of the spectrum: transform, multiply, transform back.
  void (*multiply)(const ConvolutionPass& pass, std::size_t block);
  // Along the rows 16 * block .. of the spectrum of a grid of size x size; what comes out becomes the
  // kernel.
  void (*make_kernel)(const ConvolutionPass& pass, std::size_t block);
  // From the spectrum, up the columns 32 * block .. 32 * block + 31 of the grid.
  void (*backward)(const ConvolutionPass& pass, std::size_t block);
};

ConvolutionKernels convolution_kernels_scalar();
ConvolutionKernels convolution_kernels_avx2();
ConvolutionKernels convolution_kernels_avx512();
ConvolutionKernels convolution_kernels();

}  // namespace clipcluster::tsne
