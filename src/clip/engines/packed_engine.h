// Dense layers through the panel products of this library.
#pragma once

#include <memory>

#include "clip/engines/engine.h"

namespace clipcluster::engines {

// Whether this processor has fast panel products for it.
bool has_packed_engine(Precision precision);
// precision: f32 or int8, which every processor has in some form; bf16 where has_packed_engine.
std::unique_ptr<Engine> make_packed_engine(Precision precision);

}  // namespace clipcluster::engines
