#pragma once

#include <string>

#include "clipcluster/array_files.h"

namespace clipcluster::cli {

// read_npy, and an error when there is no row or no column.
template <class T>
Result<SharedMatrix<T>> read_points(const std::string& path);
extern template Result<SharedMatrix<float>> read_points<float>(const std::string&);
extern template Result<SharedMatrix<double>> read_points<double>(const std::string&);

// An error unless rows of `path` have as many columns as the rows the model was fitted on.
Status check_columns(const std::string& path, std::size_t columns, const std::string& model,
                     std::size_t expected);

}  // namespace clipcluster::cli
