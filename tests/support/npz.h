// NumPy's .npz files (a zip of .npy arrays), as far as numpy.savez and savez_compressed write them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace clipcluster::testing {

struct NpyArray {
  std::vector<std::size_t> shape;
  std::vector<double> values;  // C order, whatever the element type was (f4, f8, i4, i8, u1, b1)
  std::size_t rows() const { return shape.empty() ? 1 : shape[0]; }
  std::size_t cols() const { return shape.size() < 2 ? 1 : shape[1]; }
  std::vector<int> as_ints() const { return {values.begin(), values.end()}; }
};

// Throws std::runtime_error, which fails the test, when the file is not as expected.
std::map<std::string, NpyArray> read_npz(const std::string& path);

}  // namespace clipcluster::testing
