#include "reduce/tsne/convolution_lanes.h"

namespace clipcluster::tsne {

ConvolutionKernels convolution_kernels_avx512() { return {forward, multiply, make_kernel, backward}; }

}  // namespace clipcluster::tsne
