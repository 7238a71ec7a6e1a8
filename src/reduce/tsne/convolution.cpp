#include "reduce/tsne/convolution.h"

#include <algorithm>

#include "clipcluster/parallel.h"

namespace clipcluster::tsne {
namespace {

// So many pieces that a few threads share them evenly; each has its own work space.
constexpr std::size_t kPieces = 8;

template <class Function>
void for_blocks(std::size_t blocks, std::vector<AlignedFloats>& scratch, Function&& function) {
  const std::size_t grain = (blocks + kPieces - 1) / kPieces;
  parallel_for(blocks, grain, [&](std::size_t begin, std::size_t end) {
    float* own = scratch[begin / grain].data();
    for (std::size_t block = begin; block < end; ++block) function(block, own);
  });
}

std::size_t spectrum_rows(std::size_t size) { return (size / 2 + 1 + kLanes - 1) / kLanes * kLanes; }

}  // namespace

ConvolutionPass Convolution::pass(MatrixF& grid, std::size_t columns, MatrixF& re, MatrixF& im) {
  return {plan_.passes.data(), plan_.passes.size(), plan_.twiddles.data(), plan_.size, columns, grid.data(),
          re.data(),           im.data(),           kernel_.data(),        nullptr};
}

Convolution::Convolution(std::size_t size, MatrixF kernel, const std::vector<double>& response)
    : plan_(fft_plan(size)) {
  const std::size_t rows = spectrum_rows(size);
  const std::size_t half = size / 2 + 1;
  kernel_ = MatrixF(rows / kLanes * half, kLanes);
  for (std::size_t i = 0; i < kPieces; ++i) scratch_.emplace_back(4 * kLanes * size);
  const ConvolutionKernels kernels = convolution_kernels();
  {
    MatrixF re(rows, size);
    MatrixF im(rows, size);
    ConvolutionPass whole = pass(kernel, size, re, im);
    for_blocks(size / (2 * kLanes), scratch_, [&](std::size_t block, float* scratch) {
      ConvolutionPass own = whole;
      own.scratch = scratch;
      kernels.forward(own, block);
    });
    for_blocks(rows / kLanes, scratch_, [&](std::size_t block, float* scratch) {
      ConvolutionPass own = whole;
      own.scratch = scratch;
      kernels.make_kernel(own, block);
    });
  }
  const double scale = 1.0 / (static_cast<double>(size) * static_cast<double>(size));
  for (std::size_t y = 0; y < rows; ++y) {
    for (std::size_t x = 0; x < half; ++x) {
      float& value = kernel_(y / kLanes * half + x, y % kLanes);
      value = static_cast<float>(double{value} * scale * response[x] * response[std::min(y, size / 2)]);
    }
  }
  re_ = MatrixF(rows, columns());
  im_ = MatrixF(rows, columns());
}

void Convolution::apply(MatrixF& grid) {
  const ConvolutionKernels kernels = convolution_kernels();
  const ConvolutionPass whole = pass(grid, columns(), re_, im_);
  const auto run = [&](std::size_t blocks, auto function) {
    for_blocks(blocks, scratch_, [&](std::size_t block, float* scratch) {
      ConvolutionPass own = whole;
      own.scratch = scratch;
      function(own, block);
    });
  };
  run(columns() / (2 * kLanes), kernels.forward);
  run(re_.rows() / kLanes, kernels.multiply);
  run(columns() / (2 * kLanes), kernels.backward);
}

}  // namespace clipcluster::tsne
