// The pull of the affinities on every point.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clipcluster::tsne {

struct Attraction {
  const std::int64_t* offsets;
  const std::int32_t* columns;
  const float* values;
  const float* places;  // [n, dimensions]
};

// pulls [n, dimensions]: sum over j of p_ij (y_i - y_j) / (1 + |y_i - y_j|^2), for rows begin .. end - 1.
using AttractFunction = void (*)(const Attraction& from, std::size_t begin, std::size_t end, float* pulls);

void attract2_scalar(const Attraction& from, std::size_t begin, std::size_t end, float* pulls);
void attract3_scalar(const Attraction& from, std::size_t begin, std::size_t end, float* pulls);
void attract2_avx2(const Attraction& from, std::size_t begin, std::size_t end, float* pulls);
void attract2_avx512(const Attraction& from, std::size_t begin, std::size_t end, float* pulls);

AttractFunction attract_function(std::size_t dimensions);

}  // namespace clipcluster::tsne
