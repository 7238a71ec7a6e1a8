// Which back end computes what, decided here and known nowhere else.
#include "clip/engines/engine.h"

#include <cassert>

#include "clip/engines/onednn_engine.h"
#include "clip/engines/packed_engine.h"

namespace clipcluster::engines {

void Linear::prepare(std::size_t, const void*, void*) const {
  assert(false && "this layer reads elements");
}

Precision resolve_precision(Precision precision) {
  if (precision != Precision::automatic) return precision;
  const bool bf16 = has_packed_engine(Precision::bf16) || onednn_has_bf16_tiles();
  return bf16 ? Precision::bf16 : Precision::f32;
}

Result<std::unique_ptr<Engine>> make_engine(Precision precision) {
  assert(precision != Precision::automatic);
  const bool tiles = precision == Precision::bf16 && onednn_has_bf16_tiles();
  if (has_packed_engine(precision) && !tiles) return make_packed_engine(precision);
  return make_onednn_engine(precision);
}

}  // namespace clipcluster::engines
