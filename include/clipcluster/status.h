// Errors as values. Nothing in this library throws across its boundary: a user error is a Status
// with a sentence that names the file, the value and the remedy; a programmer error asserts.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace clipcluster {

enum class ErrorCode {
  ok,
  invalid_argument,  // an option or an array that cannot be used as given
  not_found,         // a file, folder, tensor or row that is not there
  io,                // the operating system refused to read or write
  corrupt,           // a file that is not what it says it is
  unsupported,       // valid, but this program cannot do it
  resource_limit,    // more memory, disk or pixels than allowed
  cancelled,         // Progress::cancelled() said so
  internal,          // a library underneath failed in a way nobody foresaw
};

// Copyable, thread-compatible. The message is one or two sentences for the person at the terminal.
class [[nodiscard]] Status {
 public:
  Status() = default;  // ok
  Status(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status invalid_argument(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
  }
  static Status not_found(std::string message) { return {ErrorCode::not_found, std::move(message)}; }
  static Status io(std::string message) { return {ErrorCode::io, std::move(message)}; }
  static Status corrupt(std::string message) { return {ErrorCode::corrupt, std::move(message)}; }
  static Status unsupported(std::string message) { return {ErrorCode::unsupported, std::move(message)}; }
  static Status resource_limit(std::string message) {
    return {ErrorCode::resource_limit, std::move(message)};
  }
  static Status cancelled() { return {ErrorCode::cancelled, "interrupted"}; }
  static Status internal(std::string message) { return {ErrorCode::internal, std::move(message)}; }

  bool is_ok() const { return code_ == ErrorCode::ok; }
  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  ErrorCode code_ = ErrorCode::ok;
  std::string message_;
};

// Either a value or the Status that says why there is none. Reading the value of a failed Result is
// a programmer error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT: implicit on purpose
  Result(Status status) : status_(std::move(status)) { assert(!status_.is_ok()); }  // NOLINT

  bool is_ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  T& value() & {
    assert(value_);
    return *value_;
  }
  const T& value() const& {
    assert(value_);
    return *value_;
  }
  T&& value() && {
    assert(value_);
    return std::move(*value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace clipcluster

#define CLIPCLUSTER_CONCAT_INNER(a, b) a##b
#define CLIPCLUSTER_CONCAT(a, b) CLIPCLUSTER_CONCAT_INNER(a, b)

// Returns from the calling function with the error, if there is one.
#define CLIPCLUSTER_RETURN_IF_ERROR(expression)                   \
  do {                                                            \
    ::clipcluster::Status clipcluster_status_ = (expression);     \
    if (!clipcluster_status_.is_ok()) return clipcluster_status_; \
  } while (false)

// CLIPCLUSTER_ASSIGN_OR_RETURN(auto model, load(path));
// Declarations cannot stand in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define CLIPCLUSTER_ASSIGN_OR_RETURN(target, expression) \
  CLIPCLUSTER_ASSIGN_OR_RETURN_INNER(CLIPCLUSTER_CONCAT(clipcluster_result_, __LINE__), target, expression)
#define CLIPCLUSTER_ASSIGN_OR_RETURN_INNER(result, target, expression) \
  auto result = (expression);                                          \
  if (!result.is_ok()) return result.status();                         \
  target = std::move(result).value()
// NOLINTEND(bugprone-macro-parentheses)
