// What several rooms' tests need.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "clipcluster/status.h"

namespace clipcluster::testing {

// A folder of its own for the running test, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// The folder of development data beside the checkout ("../shared"), or empty when there is none;
// CLIPCLUSTER_SHARED overrides it. Tests that need it call CLIPCLUSTER_REQUIRE_SHARED first.
std::string shared_folder();
// The built-in model, models/clip-mini.
std::string clip_mini_folder();

std::string read_text_file(const std::string& path);
void write_text_file(const std::string& path, const std::string& content);

}  // namespace clipcluster::testing

#define CLIPCLUSTER_REQUIRE_SHARED()                   \
  if (::clipcluster::testing::shared_folder().empty()) \
  GTEST_SKIP() << "the development data (../shared) is not here; CLIPCLUSTER_SHARED can name it"

#define EXPECT_OK(expression)                                                                              \
  do {                                                                                                     \
    const auto& clipcluster_outcome_ = (expression);                                                       \
    EXPECT_TRUE(clipcluster_outcome_.is_ok()) << ::clipcluster::testing::message_of(clipcluster_outcome_); \
  } while (false)
#define ASSERT_OK(expression)                                                                              \
  do {                                                                                                     \
    const auto& clipcluster_outcome_ = (expression);                                                       \
    ASSERT_TRUE(clipcluster_outcome_.is_ok()) << ::clipcluster::testing::message_of(clipcluster_outcome_); \
  } while (false)

namespace clipcluster::testing {
inline const std::string& message_of(const Status& status) { return status.message(); }
template <class T>
const std::string& message_of(const Result<T>& result) {
  return result.status().message();
}
}  // namespace clipcluster::testing
