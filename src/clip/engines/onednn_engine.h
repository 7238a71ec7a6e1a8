// Dense layers as oneDNN inner products.
#pragma once

#include <memory>

#include "clip/engines/engine.h"

namespace clipcluster::engines {

// Whether the processor multiplies matrices of bf16 as such (AMX), which only oneDNN makes use of.
bool onednn_has_bf16_tiles();
// precision: f32 or bf16; on processors that cannot multiply bf16, floats rounded to bf16.
Result<std::unique_ptr<Engine>> make_onednn_engine(Precision precision);

}  // namespace clipcluster::engines
