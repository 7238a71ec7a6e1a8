#include "clipcluster/status.h"

#include <gtest/gtest.h>

namespace clipcluster {
namespace {

Result<int> half(int x) {
  if (x % 2 != 0) return Status::invalid_argument("odd");
  return x / 2;
}

Result<int> quarter(int x) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const int first, half(x));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const int second, half(first));
  return second;
}

TEST(Result, PassesValuesAndErrorsUp) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).status().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(quarter(6).status().message(), "odd");
}

TEST(Status, IsOkByDefault) {
  EXPECT_TRUE(Status().is_ok());
  EXPECT_FALSE(Status::cancelled().is_ok());
}

}  // namespace
}  // namespace clipcluster
