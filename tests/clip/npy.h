// Just enough of NumPy's format for the golden arrays: version 1, C order, known shape.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "support/support.h"

namespace clipcluster::testing {

template <class T>
std::vector<T> read_npy_values(const std::string& path) {
  const std::string file = read_text_file(path);
  if (file.size() < 10) return {};
  const std::size_t header =
      10 + static_cast<unsigned char>(file[8]) + 256U * static_cast<unsigned char>(file[9]);
  std::vector<T> values((file.size() - header) / sizeof(T));
  std::memcpy(values.data(), file.data() + header, values.size() * sizeof(T));
  return values;
}

}  // namespace clipcluster::testing
