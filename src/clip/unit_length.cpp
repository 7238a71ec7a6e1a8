#include "clip/unit_length.h"

#include <cmath>

namespace clipcluster::clip {

void scale_to_unit_length(float* x, std::size_t size) {
  double squares = 0.0;
  for (std::size_t i = 0; i < size; ++i) squares += static_cast<double>(x[i]) * x[i];
  if (squares == 0.0) return;
  const double inverse = 1.0 / std::sqrt(squares);
  for (std::size_t i = 0; i < size; ++i) x[i] = static_cast<float>(x[i] * inverse);
}

}  // namespace clipcluster::clip
