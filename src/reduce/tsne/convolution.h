// Convolution of a square grid with an even function, in single precision.
#pragma once

#include <cstddef>
#include <vector>

#include "clipcluster/matrix.h"
#include "reduce/tsne/aligned_floats.h"
#include "reduce/tsne/convolution_kernels.h"
#include "reduce/tsne/fft_plan.h"

namespace clipcluster::tsne {

class Convolution {
 public:
  Convolution() = default;
  // kernel: [size, size], its value at (i, j) steps in row min(i, size - i), column min(j, size - j).
  // `response` [size]: what multiplies the spectrum in each of the two directions.
  Convolution(std::size_t size, MatrixF kernel, const std::vector<double>& response);

  std::size_t size() const { return plan_.size; }
  std::size_t columns() const { return plan_.size / 2; }
  // grid: [columns, columns], replaced by its convolution with the kernel (no wrapping round).
  void apply(MatrixF& grid);

 private:
  ConvolutionPass pass(MatrixF& grid, std::size_t columns, MatrixF& re, MatrixF& im);

  FftPlan plan_;
  MatrixF kernel_;  // [spectrum rows / 16 * (size / 2 + 1), 16]
  MatrixF re_;
  MatrixF im_;
  std::vector<AlignedFloats> scratch_;
};

}  // namespace clipcluster::tsne
