// Dense matrices. Every matrix in this library is row-major [rows, cols] without gaps between rows.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace clipcluster {

// A borrowed matrix. The memory must outlive the view. Copying a view copies no elements.
template <class T>
class MatrixView {
 public:
  MatrixView() = default;
  MatrixView(T* data, std::size_t rows, std::size_t cols) : data_(data), rows_(rows), cols_(cols) {}
  // A writable view is also a readable one.
  template <class U>
  requires std::is_same_v<T, const U> MatrixView(MatrixView<U> other)  // NOLINT: implicit on purpose
      : data_(other.data()), rows_(other.rows()), cols_(other.cols()) {}

  T* data() const { return data_; }
  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  std::size_t size() const { return rows_ * cols_; }
  bool empty() const { return size() == 0; }
  T* row(std::size_t i) const {
    assert(i < rows_);
    return data_ + i * cols_;
  }
  std::span<T> row_span(std::size_t i) const { return {row(i), cols_}; }
  T& operator()(std::size_t i, std::size_t j) const {
    assert(i < rows_ && j < cols_);
    return data_[i * cols_ + j];
  }
  // Rows [begin, end).
  MatrixView rows_between(std::size_t begin, std::size_t end) const {
    assert(begin <= end && end <= rows_);
    return {data_ + begin * cols_, end - begin, cols_};
  }

 private:
  T* data_ = nullptr;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
};

// An owned matrix, 64-byte aligned, zero at first. Moves cheaply; copies only through clone().
template <class T>
class Matrix {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t cols) : rows_(rows), cols_(cols) {
    const std::size_t bytes = (size() * sizeof(T) + 63) / 64 * 64;
    if (bytes == 0) return;
    data_.reset(static_cast<T*>(std::aligned_alloc(64, bytes)));
    if (!data_) throw std::bad_alloc();
    std::memset(data_.get(), 0, bytes);
  }
  Matrix(Matrix&& other) noexcept
      : data_(std::move(other.data_)),
        rows_(std::exchange(other.rows_, 0)),
        cols_(std::exchange(other.cols_, 0)) {}
  Matrix& operator=(Matrix&& other) noexcept {
    data_ = std::move(other.data_);
    rows_ = std::exchange(other.rows_, 0);
    cols_ = std::exchange(other.cols_, 0);
    return *this;
  }

  static Matrix copy_of(MatrixView<const T> source) {
    Matrix copy(source.rows(), source.cols());
    if (!source.empty()) std::memcpy(copy.data(), source.data(), source.size() * sizeof(T));
    return copy;
  }
  Matrix clone() const { return copy_of(view()); }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  std::size_t size() const { return rows_ * cols_; }
  bool empty() const { return size() == 0; }
  T* row(std::size_t i) { return view().row(i); }
  const T* row(std::size_t i) const { return view().row(i); }
  T& operator()(std::size_t i, std::size_t j) { return view()(i, j); }
  const T& operator()(std::size_t i, std::size_t j) const { return view()(i, j); }

  MatrixView<T> view() { return {data_.get(), rows_, cols_}; }
  MatrixView<const T> view() const { return {data_.get(), rows_, cols_}; }
  operator MatrixView<T>() { return view(); }              // NOLINT: implicit on purpose
  operator MatrixView<const T>() const { return view(); }  // NOLINT

 private:
  struct Free {
    void operator()(T* pointer) const { std::free(pointer); }
  };
  std::unique_ptr<T[], Free> data_;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
};

using MatrixF = Matrix<float>;
using MatrixI = Matrix<std::int32_t>;

}  // namespace clipcluster
