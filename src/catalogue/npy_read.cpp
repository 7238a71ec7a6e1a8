#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "base/half.h"
#include "base/mapped_file.h"
#include "catalogue/npy_header.h"
#include "clipcluster/array_files.h"
#include "clipcluster/parallel.h"

namespace clipcluster {
namespace {

using internal::MappedFile;
using internal::NpyHeader;

struct NpyFile {
  std::string path;
  std::shared_ptr<const MappedFile> file;
  NpyHeader header;
  std::size_t rows = 0;
  std::size_t cols = 0;

  const std::byte* data() const { return file->bytes().data() + header.data_offset; }
};

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

Status wrong_dimensions(const NpyFile& npy) {
  const auto& shape = npy.header.shape;
  const std::string remedy = shape.size() < 2
                                 ? "reshape it"
                                 : "reshape it to (rows, columns), for instance with x.reshape(len(x), -1)";
  return Status::invalid_argument(
      fmt::format("'{}' holds {} array of shape {}; {}", npy.path,
                  shape.empty() ? "a 0-dimensional" : fmt::format("a {}-dimensional", shape.size()),
                  shape_text(shape), remedy));
}

Status wrong_order(const NpyFile& npy) {
  return Status::invalid_argument(
      fmt::format("'{}' holds an array in Fortran (column by column) order; convert it with "
                  "numpy.save(path, numpy.ascontiguousarray(x))",
                  npy.path));
}

Status wrong_type(const NpyFile& npy, std::string_view wanted, std::string_view conversion) {
  return Status::invalid_argument(
      fmt::format("'{}' holds {}; {} is needed: convert it with numpy.save(path, x.astype({}))", npy.path,
                  internal::describe_npy_type(npy.header.type), wanted, conversion));
}

// Sets rows and cols, and checks that the file holds exactly rows x cols elements.
Status check_size(NpyFile& npy, std::size_t element_size) {
  const auto& shape = npy.header.shape;
  if (shape.empty() || shape.size() > 2) return wrong_dimensions(npy);
  npy.rows = shape[0];
  npy.cols = shape.size() == 2 ? shape[1] : 1;
  const std::size_t present = npy.file->bytes().size() - npy.header.data_offset;
  const std::size_t limit = std::numeric_limits<std::size_t>::max() / 16;
  const bool overflows = npy.cols != 0 && npy.rows > limit / npy.cols;
  if (overflows || npy.rows * npy.cols * element_size > present) {
    return Status::corrupt(
        fmt::format("'{}' is cut short: its header promises an array of shape {}, but only {} bytes follow",
                    npy.path, shape_text(shape), present));
  }
  if (npy.rows * npy.cols * element_size < present) {
    return Status::corrupt(
        fmt::format("'{}' is longer than an array of shape {}; write one array with numpy.save", npy.path,
                    shape_text(shape)));
  }
  if (npy.header.fortran_order && npy.rows > 1 && npy.cols > 1) return wrong_order(npy);
  return {};
}

Result<NpyFile> open_npy(const std::string& path) {
  NpyFile npy;
  npy.path = path;
  CLIPCLUSTER_ASSIGN_OR_RETURN(npy.file, MappedFile::open(path));
  CLIPCLUSTER_ASSIGN_OR_RETURN(npy.header, internal::parse_npy_header(npy.file->bytes(), path));
  return npy;
}

template <class Stored>
Stored load(const std::byte* place) {
  Stored value;
  std::memcpy(&value, place, sizeof value);
  return value;
}

template <class T, class Stored>
T widen(Stored stored) {
  if constexpr (std::is_same_v<Stored, std::uint16_t>) {
    return static_cast<T>(internal::float_from_f16(stored));
  } else {
    return static_cast<T>(stored);
  }
}

constexpr std::size_t elements_per_chunk = std::size_t{1} << 16;

template <class T, class Stored>
SharedMatrix<T> convert(const NpyFile& npy) {
  Matrix<T> matrix(npy.rows, npy.cols);
  const std::byte* source = npy.data();
  parallel_for(matrix.size(), elements_per_chunk, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      matrix.data()[i] = widen<T>(load<Stored>(source + i * sizeof(Stored)));
    }
  });
  return matrix;
}

// numpy.save puts the data at a multiple of 64 bytes; what an older writer put elsewhere is copied,
// because the kernels rely on it.
template <class T>
SharedMatrix<T> map_or_copy(const NpyFile& npy) {
  if (npy.header.data_offset % 64 != 0) return convert<T, T>(npy);
  const auto* first = reinterpret_cast<const T*>(npy.data());
  return {npy.file, MatrixView<const T>(first, npy.rows, npy.cols)};
}

template <class T>
SharedMatrix<T> read_elements(const NpyFile& npy) {
  const std::string& type = npy.header.type;
  if (type == "<f2") return convert<T, std::uint16_t>(npy);
  if (type == "<f4") {
    if constexpr (std::is_same_v<T, float>) return map_or_copy<T>(npy);
    return convert<T, float>(npy);
  }
  if constexpr (std::is_same_v<T, double>) return map_or_copy<T>(npy);
  return convert<T, double>(npy);
}

template <class T>
std::optional<std::size_t> first_non_finite(MatrixView<const T> matrix) {
  constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  std::atomic<std::size_t> first{none};
  parallel_for(matrix.size(), elements_per_chunk, [&](std::size_t begin, std::size_t end) {
    const T* data = matrix.data();
    const T* found = std::find_if(data + begin, data + end, [](T value) { return !std::isfinite(value); });
    if (found == data + end) return;
    const auto place = static_cast<std::size_t>(found - data);
    std::size_t known = first.load();
    while (place < known && !first.compare_exchange_weak(known, place)) {
    }
  });
  if (first.load() == none) return std::nullopt;
  return first.load();
}

template <class T>
Status check_finite(const NpyFile& npy, const SharedMatrix<T>& matrix) {
  const auto place = first_non_finite(matrix.view());
  if (!place) return {};
  const T value = matrix.data()[*place];
  const bool too_large = npy.header.type == "<f8" && std::isfinite(load<double>(npy.data() + *place * 8));
  const std::string what = too_large           ? "a number too large for float32"
                           : std::isnan(value) ? "NaN"
                                               : "infinity";
  return Status::invalid_argument(
      fmt::format("'{}' holds {} in row {}, column {} (counted from 0); leave such rows out or fill them",
                  npy.path, what, *place / npy.cols, *place % npy.cols));
}

std::optional<std::size_t> floating_size(const std::string& type) {
  if (type == "<f2") return 2;
  if (type == "<f4") return 4;
  if (type == "<f8") return 8;
  return std::nullopt;
}

template <class Stored>
Result<std::vector<std::int32_t>> convert_labels(const NpyFile& npy) {
  std::vector<std::int32_t> labels(npy.rows);
  for (std::size_t i = 0; i < npy.rows; ++i) {
    const auto value = load<Stored>(npy.data() + i * sizeof(Stored));
    labels[i] = static_cast<std::int32_t>(value);
    if (labels[i] != value) {
      return Status::invalid_argument(
          fmt::format("'{}' holds the label {} in row {}; labels must fit 32 bits", npy.path, value, i));
    }
  }
  return labels;
}

}  // namespace

template <class T>
Result<SharedMatrix<T>> read_npy(const std::string& path, bool allow_non_finite) {
  try {
    CLIPCLUSTER_ASSIGN_OR_RETURN(NpyFile npy, open_npy(path));
    const auto size = floating_size(npy.header.type);
    if (!size) return wrong_type(npy, "float16, float32 or float64 (little-endian)", "numpy.float32");
    CLIPCLUSTER_RETURN_IF_ERROR(check_size(npy, *size));
    SharedMatrix<T> matrix = read_elements<T>(npy);
    if (!allow_non_finite) CLIPCLUSTER_RETURN_IF_ERROR(check_finite(npy, matrix));
    return matrix;
  } catch (const std::bad_alloc&) {
    return Status::resource_limit(fmt::format("not enough memory for the array in '{}'", path));
  }
}

template Result<SharedMatrix<float>> read_npy<float>(const std::string&, bool);
template Result<SharedMatrix<double>> read_npy<double>(const std::string&, bool);

Result<std::vector<std::int32_t>> read_npy_labels(const std::string& path) {
  try {
    CLIPCLUSTER_ASSIGN_OR_RETURN(NpyFile npy, open_npy(path));
    const std::string& type = npy.header.type;
    if (type != "<i4" && type != "<i8")
      return wrong_type(npy, "int32 or int64 (little-endian)", "numpy.int32");
    if (npy.header.shape.size() != 1) {
      return Status::invalid_argument(
          fmt::format("'{}' holds an array of shape {}; labels have one dimension: x.ravel()", path,
                      shape_text(npy.header.shape)));
    }
    CLIPCLUSTER_RETURN_IF_ERROR(check_size(npy, type == "<i4" ? 4 : 8));
    return type == "<i4" ? convert_labels<std::int32_t>(npy) : convert_labels<std::int64_t>(npy);
  } catch (const std::bad_alloc&) {
    return Status::resource_limit(fmt::format("not enough memory for the array in '{}'", path));
  }
}

}  // namespace clipcluster
