#include <cmath>

#include "clipcluster/array_files.h"
#include "fuzz.h"

namespace clipcluster::fuzz {
namespace {

template <class T>
void read(const std::string& path, std::size_t bytes, bool allow_non_finite) {
  const auto matrix = read_npy<T>(path, allow_non_finite);
  require_sentence(matrix.status());
  if (!matrix.is_ok()) return;
  require(matrix->rows() * matrix->cols() * 2 <= bytes, "there are no more elements than bytes for them");
  bool finite = true;
  for (std::size_t i = 0; i < matrix->rows() * matrix->cols(); ++i)
    finite = finite && std::isfinite(matrix->data()[i]);
  require(finite || allow_non_finite, "NaN and infinity are refused");
}

}  // namespace

void npy(Bytes bytes) {
  const MemoryFile file(bytes);
  read<float>(file.path(), bytes.size(), false);
  read<double>(file.path(), bytes.size(), true);
  const auto labels = read_npy_labels(file.path());
  require_sentence(labels.status());
  require(!labels.is_ok() || labels->size() * 4 <= bytes.size(),
          "there are no more labels than bytes for them");
}

}  // namespace clipcluster::fuzz
