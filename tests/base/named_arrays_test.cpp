#include "clipcluster/named_arrays.h"

#include "support/support.h"

namespace clipcluster {
namespace {

TEST(NamedArrays, GivesBackWhatWasAdded) {
  NamedArrays arrays("test", 1);
  arrays.set_text("method", "eom");
  arrays.add("labels", std::vector<std::int32_t>{3, -1});
  Matrix<double> points(1, 2);
  points(0, 1) = 2.5;
  arrays.add("points", SharedMatrix<double>(std::move(points)));

  ASSERT_OK(arrays.text("method"));
  EXPECT_EQ(*arrays.text("method"), "eom");
  const auto labels = arrays.column<std::int32_t>("labels");
  ASSERT_OK(labels);
  EXPECT_EQ(labels.value(), (std::vector<std::int32_t>{3, -1}));
  const auto read = arrays.matrix<double>("points");
  ASSERT_OK(read);
  EXPECT_EQ(read->view()(0, 1), 2.5);
}

TEST(NamedArrays, NamesWhatIsMissingOrOfAnotherType) {
  NamedArrays arrays("test", 1);
  arrays.add("labels", std::vector<std::int32_t>{1});
  EXPECT_EQ(arrays.text("a").status().code(), ErrorCode::not_found);
  const auto wrong = arrays.matrix<float>("labels");
  EXPECT_EQ(wrong.status().code(), ErrorCode::corrupt);
  EXPECT_EQ(wrong.status().message(), "array 'labels' of the test model holds i32 where f32 was expected");
}

TEST(SharedMatrix, OutlivesTheMatrixItCameFrom) {
  SharedMatrix<float> shared;
  {
    MatrixF matrix(1, 1);
    matrix(0, 0) = 1.5F;
    shared = SharedMatrix<float>(std::move(matrix));
  }
  const SharedMatrix<float> copy = shared;
  EXPECT_EQ(copy.view()(0, 0), 1.5F);
}

}  // namespace
}  // namespace clipcluster
