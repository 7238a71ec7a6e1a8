// What a fitted model looks like from outside: a few small texts and a few arrays with names. A
// step turns its model into NamedArrays and back and knows no files; the catalogue writes them to
// disk and maps them again (docs/file-formats.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/status.h"

namespace clipcluster {

enum class ElementType { u8, i32, i64, f32, f64 };

std::size_t element_size(ElementType type);
// "u8", "i32", "i64", "f32" or "f64".
const char* element_type_name(ElementType type);

template <class T>
constexpr ElementType element_type_of() {
  if constexpr (std::is_same_v<T, std::uint8_t>)
    return ElementType::u8;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return ElementType::i32;
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return ElementType::i64;
  else if constexpr (std::is_same_v<T, float>)
    return ElementType::f32;
  else {
    static_assert(std::is_same_v<T, double>, "no such element type in NamedArrays");
    return ElementType::f64;
  }
}

// A matrix that keeps alive the memory it looks at (its own, or a mapped file's). Cheap to copy;
// copies share the elements, which never change.
template <class T>
class SharedMatrix {
 public:
  SharedMatrix() = default;
  SharedMatrix(std::shared_ptr<const void> owner, MatrixView<const T> view)
      : owner_(std::move(owner)), view_(view) {}
  SharedMatrix(Matrix<T> matrix) {  // NOLINT: implicit on purpose
    auto owned = std::make_shared<const Matrix<T>>(std::move(matrix));
    view_ = owned->view();
    owner_ = std::move(owned);
  }
  // Looks at memory that the caller keeps alive.
  static SharedMatrix borrow(MatrixView<const T> view) { return {nullptr, view}; }

  MatrixView<const T> view() const { return view_; }
  operator MatrixView<const T>() const { return view_; }  // NOLINT
  const T* data() const { return view_.data(); }
  std::size_t rows() const { return view_.rows(); }
  std::size_t cols() const { return view_.cols(); }
  const T* row(std::size_t i) const { return view_.row(i); }
  bool empty() const { return view_.empty(); }
  const std::shared_ptr<const void>& owner() const { return owner_; }

 private:
  std::shared_ptr<const void> owner_;
  MatrixView<const T> view_;
};

class NamedArrays {
 public:
  struct Array {
    ElementType type = ElementType::u8;
    std::size_t rows = 0;
    std::size_t cols = 0;
    const void* data = nullptr;
    std::shared_ptr<const void> owner;  // keeps data alive; null if the caller does
  };

  // `kind` names the model ("umap", "hdbscan", "pca"), `version` its layout; a reader checks both.
  NamedArrays(std::string kind, int version) : kind_(std::move(kind)), version_(version) {}

  const std::string& kind() const { return kind_; }
  int version() const { return version_; }

  void set_text(const std::string& name, std::string value) { texts_[name] = std::move(value); }
  // not_found, with a sentence that names the text, when there is none.
  Result<std::string> text(const std::string& name) const;

  template <class T>
  void add(const std::string& name, const SharedMatrix<T>& matrix) {
    arrays_[name] = {element_type_of<T>(), matrix.rows(), matrix.cols(), matrix.data(), matrix.owner()};
  }
  template <class T>
  void add(const std::string& name, const std::vector<T>& column) {
    Matrix<T> copy(column.size(), 1);
    for (std::size_t i = 0; i < column.size(); ++i) copy(i, 0) = column[i];
    add(name, SharedMatrix<T>(std::move(copy)));
  }
  void add_raw(const std::string& name, Array array) { arrays_[name] = std::move(array); }
  bool has(const std::string& name) const { return arrays_.count(name) != 0; }

  // not_found when there is no such array, corrupt when its element type is another. Shares the
  // memory.
  template <class T>
  Result<SharedMatrix<T>> matrix(const std::string& name) const {
    Result<Array> found = find(name, element_type_of<T>());
    if (!found.is_ok()) return found.status();
    return SharedMatrix<T>(
        found->owner, MatrixView<const T>(static_cast<const T*>(found->data), found->rows, found->cols));
  }
  // The same, copied; the array must have one column.
  template <class T>
  Result<std::vector<T>> column(const std::string& name) const {
    Result<Array> found = find(name, element_type_of<T>());
    if (!found.is_ok()) return found.status();
    if (found->cols != 1) return Status::corrupt("array '" + name + "' should have one column");
    const T* first = static_cast<const T*>(found->data);
    return std::vector<T>(first, first + found->rows);
  }

  const std::map<std::string, std::string>& texts() const { return texts_; }
  const std::map<std::string, Array>& arrays() const { return arrays_; }

 private:
  Result<Array> find(const std::string& name, ElementType type) const;

  std::string kind_;
  int version_;
  std::map<std::string, std::string> texts_;
  std::map<std::string, Array> arrays_;
};

}  // namespace clipcluster
