// How fast this machine multiplies matrices: what no engine's images a second can pass.
#pragma once

#include "clipcluster/clip.h"

namespace clipcluster::engines {

// Operations a second (a multiplication and an addition are two) of the engine's own product of
// [400, 768] inputs for each thread with [3072, 768] weights, ViT-B's widest layer and eight images, on
// all threads. Measured anew in each call, for about 0.3 s: the best of its repetitions. precision: not
// automatic. 0 where there is no memory for it.
double gemm_rate(Precision precision);

}  // namespace clipcluster::engines
