// The header of NumPy's .npy (numpy/lib/format.py, versions 1.0 to 3.0).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clipcluster/status.h"

namespace clipcluster::internal {

struct NpyHeader {
  std::string type;  // "<f4"; as written in the file, also for types this program cannot read
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;
  std::size_t data_offset = 0;
};

// `path` is for the sentences only. Accepts what numpy.save writes and nothing else: a dictionary
// with exactly the keys descr, fortran_order and shape.
Result<NpyHeader> parse_npy_header(std::span<const std::byte> file, const std::string& path);

// Version 1.0, padded with spaces so that the data begins at a multiple of 64 bytes.
std::string format_npy_header(std::string_view type, std::span<const std::size_t> shape);

// "float32", "big-endian float64", "int64", "a structured type", ...
std::string describe_npy_type(const std::string& type);

}  // namespace clipcluster::internal
