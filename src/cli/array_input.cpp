#include "cli/array_input.h"

#include <fmt/format.h>

namespace clipcluster::cli {

template <class T>
Result<SharedMatrix<T>> read_points(const std::string& path) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(SharedMatrix<T> points, read_npy<T>(path));
  if (points.empty()) {
    return Status::invalid_argument(
        fmt::format("'{}' holds an array of {} rows and {} columns; at least one of each is needed", path,
                    points.rows(), points.cols()));
  }
  return points;
}
template Result<SharedMatrix<float>> read_points<float>(const std::string&);
template Result<SharedMatrix<double>> read_points<double>(const std::string&);

Status check_columns(const std::string& path, std::size_t columns, const std::string& model,
                     std::size_t expected) {
  if (columns == expected) return {};
  return Status::invalid_argument(fmt::format(
      "'{}' has {} columns, but the model '{}' was fitted on rows of {}; give rows of the same kind", path,
      columns, model, expected));
}

}  // namespace clipcluster::cli
