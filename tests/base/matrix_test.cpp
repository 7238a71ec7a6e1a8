#include "clipcluster/matrix.h"

#include <gtest/gtest.h>

namespace clipcluster {
namespace {

TEST(Matrix, StartsAtZeroAndAligned) {
  Matrix<float> matrix(3, 5);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(matrix.data()) % 64, 0U);
  for (std::size_t i = 0; i < matrix.size(); ++i) EXPECT_EQ(matrix.data()[i], 0.0F);
}

TEST(Matrix, RowsFollowEachOtherWithoutGaps) {
  Matrix<int> matrix(2, 3);
  matrix(1, 0) = 7;
  EXPECT_EQ(matrix.data()[3], 7);
  EXPECT_EQ(matrix.view().rows_between(1, 2)(0, 0), 7);
}

TEST(Matrix, MovedFromIsEmpty) {
  Matrix<int> first(2, 2);
  first(0, 1) = 4;
  Matrix<int> second = std::move(first);
  EXPECT_EQ(second(0, 1), 4);
  EXPECT_TRUE(first.empty());  // NOLINT: the state after a move is part of the contract
}

TEST(Matrix, EmptyMatrixHasNoMemory) {
  Matrix<double> matrix(0, 4);
  EXPECT_EQ(matrix.data(), nullptr);
  EXPECT_TRUE(matrix.clone().empty());
}

}  // namespace
}  // namespace clipcluster
