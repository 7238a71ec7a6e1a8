#include <bit>

#include "catalogue/atomic_file.h"
#include "catalogue/npy_header.h"
#include "clipcluster/array_files.h"

namespace clipcluster {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are written as they lie in memory");

template <class T>
constexpr std::string_view npy_type() {
  if constexpr (std::is_same_v<T, float>) return "<f4";
  if constexpr (std::is_same_v<T, double>) return "<f8";
  if constexpr (std::is_same_v<T, std::int32_t>) return "<i4";
}

template <class T>
Status write_array(const std::string& path, const T* data, std::span<const std::size_t> shape) {
  std::size_t bytes = sizeof(T);
  for (const std::size_t extent : shape) bytes *= extent;
  CLIPCLUSTER_ASSIGN_OR_RETURN(internal::AtomicFile file, internal::AtomicFile::create(path));
  const std::string header = internal::format_npy_header(npy_type<T>(), shape);
  CLIPCLUSTER_RETURN_IF_ERROR(file.write(header.data(), header.size()));
  CLIPCLUSTER_RETURN_IF_ERROR(file.write(data, bytes));
  return file.commit();
}

template <class T>
Status write_matrix(const std::string& path, MatrixView<const T> matrix) {
  const std::size_t shape[] = {matrix.rows(), matrix.cols()};
  return write_array(path, matrix.data(), shape);
}

template <class T>
Status write_column(const std::string& path, std::span<const T> column) {
  const std::size_t shape[] = {column.size()};
  return write_array(path, column.data(), shape);
}

}  // namespace

Status write_npy(const std::string& path, MatrixView<const float> matrix) {
  return write_matrix(path, matrix);
}
Status write_npy(const std::string& path, MatrixView<const double> matrix) {
  return write_matrix(path, matrix);
}
Status write_npy(const std::string& path, MatrixView<const std::int32_t> matrix) {
  return write_matrix(path, matrix);
}
Status write_npy(const std::string& path, std::span<const float> column) {
  return write_column(path, column);
}
Status write_npy(const std::string& path, std::span<const double> column) {
  return write_column(path, column);
}
Status write_npy(const std::string& path, std::span<const std::int32_t> column) {
  return write_column(path, column);
}

Status write_file(const std::string& path, std::string_view bytes) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(internal::AtomicFile file, internal::AtomicFile::create(path));
  CLIPCLUSTER_RETURN_IF_ERROR(file.write(bytes.data(), bytes.size()));
  return file.commit();
}

}  // namespace clipcluster
