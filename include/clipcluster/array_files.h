// Arrays on disk: NumPy's .npy, and the file that holds a fitted model (docs/file-formats.md).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/named_arrays.h"
#include "clipcluster/status.h"

namespace clipcluster {

// Reads a two-dimensional (or one-dimensional: one column) .npy of float16, float32 or float64 in C
// order as T = float or double. Already of that type: mapped, not copied. Anything else is an error
// whose sentence says what the file holds and how to convert it. `allow_non_finite` = false refuses
// NaN and infinity and names the first row that has one.
template <class T>
Result<SharedMatrix<T>> read_npy(const std::string& path, bool allow_non_finite = false);
extern template Result<SharedMatrix<float>> read_npy<float>(const std::string&, bool);
extern template Result<SharedMatrix<double>> read_npy<double>(const std::string&, bool);

// One-dimensional int32 or int64 .npy.
Result<std::vector<std::int32_t>> read_npy_labels(const std::string& path);

// Written under a temporary name beside `path`, synced, renamed.
Status write_npy(const std::string& path, MatrixView<const float> matrix);
Status write_npy(const std::string& path, MatrixView<const double> matrix);
Status write_npy(const std::string& path, MatrixView<const std::int32_t> matrix);
Status write_npy(const std::string& path, std::span<const float> column);  // one-dimensional
Status write_npy(const std::string& path, std::span<const double> column);
Status write_npy(const std::string& path, std::span<const std::int32_t> column);

// Any bytes, with the same care.
Status write_file(const std::string& path, std::string_view bytes);

// A fitted model: NamedArrays, mapped on reading. read_model says plainly when the file is of
// another kind than `kind`, or of a newer version than `newest_version`.
Status write_model(const std::string& path, const NamedArrays& arrays);
Result<NamedArrays> read_model(const std::string& path, std::string_view kind, int newest_version);

}  // namespace clipcluster
