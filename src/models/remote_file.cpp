#include "models/remote_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/system_error.h"

namespace clipcluster::models {
namespace {

namespace fs = std::filesystem;

constexpr int kOk = 200;
constexpr int kPartial = 206;
constexpr int kRangeNotSatisfiable = 416;
constexpr double kLongestPause = 60.0;

std::string header(const HttpAnswer& answer, const char* name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? "" : found->second;
}

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

// The hexadecimal digits of an entity tag such as W/"0c1b...".
std::string tag_digits(std::string tag) {
  if (tag.starts_with("W/")) tag.erase(0, 2);
  std::erase(tag, '"');
  const bool hexadecimal = std::all_of(tag.begin(), tag.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  return hexadecimal ? tag : "";
}

bool is_redirection(int status) { return status >= 300 && status < 400; }
bool may_pass(int status) { return status == 0 || status == 408 || status == 429 || status >= 500; }

// What a final answer means for the person.
Status refusal(const std::string& url, int status) {
  if (status == 401 || status == 403) {
    return Status::invalid_argument(fmt::format(
        "'{}' may not be read (HTTP {}). If the model's page asks you to accept its terms, do so "
        "there, and give your access token in the environment variable HF_TOKEN.",
        url, status));
  }
  if (status == 404 || status == 410) return Status::not_found(fmt::format("there is no '{}'", url));
  return Status::io(fmt::format("'{}' answered with HTTP {}", url, status));
}

Status unreachable(const std::string& url, const HttpAnswer& answer) {
  const std::string why = answer.error.empty() ? fmt::format("HTTP {}", answer.status) : answer.error;
  return Status::io(fmt::format("cannot download '{}': {}", url, why));
}

std::uint64_t size_of(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

// Appends to a file, and remembers why it could not.
class PartFile {
 public:
  explicit PartFile(const std::string& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)), error_(file_ < 0 ? errno : 0) {
    if (file_ >= 0) ::lseek(file_, 0, SEEK_END);
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() {
    if (file_ >= 0) ::close(file_);
  }

  int error() const { return error_; }
  void start_again() {
    if (::ftruncate(file_, 0) != 0 || ::lseek(file_, 0, SEEK_SET) != 0) error_ = errno;
  }
  bool append(const char* bytes, std::size_t count) {
    while (count > 0 && error_ == 0) {
      const ssize_t written = ::write(file_, bytes, count);
      if (written < 0 && errno != EINTR) error_ = errno;
      if (written <= 0) continue;
      bytes += written;
      count -= static_cast<std::size_t>(written);
    }
    return error_ == 0;
  }
  // On the disk, so that a name given to it later never names less than all.
  void settle() {
    if (error_ == 0 && ::fsync(file_) != 0) error_ = errno;
  }

 private:
  int file_;
  int error_;
};

}  // namespace

struct FileDownloader::Attempt {
  Status status;  // final: trying again will not help
  HttpAnswer answer;
  bool gained = false;
};

FileDownloader::FileDownloader(const DownloadModelOptions& options, Progress& progress)
    : options_(options),
      progress_(progress),
      client_({options.token, options.stall_seconds, [&progress] { return progress.cancelled(); }}) {}

bool FileDownloader::pause(int attempt, const HttpAnswer& answer) const {
  double seconds = options_.pause_seconds * static_cast<double>(1ULL << std::min(attempt, 16));
  if (const auto asked = number(header(answer, "retry-after"))) seconds = static_cast<double>(*asked);
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(std::min(seconds, kLongestPause));
  while (std::chrono::steady_clock::now() < end) {
    if (progress_.cancelled()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return !progress_.cancelled();
}

Result<RemoteFile> FileDownloader::describe(const std::string& url) {
  HttpAnswer answer;
  for (int attempt = 0; attempt < options_.attempts; ++attempt) {
    answer = client_.head(url);
    if (progress_.cancelled()) return Status::cancelled();
    if (!may_pass(answer.status)) break;
    if (attempt + 1 < options_.attempts && !pause(attempt, answer)) return Status::cancelled();
  }
  if (may_pass(answer.status)) return unreachable(url, answer);
  if (answer.status != kOk && !is_redirection(answer.status)) return refusal(url, answer.status);
  RemoteFile file;
  file.url = url;
  file.commit = header(answer, "x-repo-commit");
  const bool elsewhere = is_redirection(answer.status);
  const bool large = !header(answer, "x-linked-etag").empty();
  file.digest = tag_digits(header(answer, large ? "x-linked-etag" : "etag"));
  if (file.digest.size() == 64) file.digest_kind = DigestKind::sha256;
  // Of a redirection itself the plain headers describe nothing.
  if (file.digest.size() == 40 && !elsewhere) file.digest_kind = DigestKind::git_blob;
  if (!file.digest_kind) file.digest.clear();
  file.bytes = number(header(answer, "x-linked-size"));
  if (!file.bytes && !elsewhere) file.bytes = number(header(answer, "content-length"));
  return file;
}

FileDownloader::Attempt FileDownloader::transfer(const RemoteFile& file, const std::string& part,
                                                 const ByteCount& gained) {
  Attempt attempt;
  PartFile output(part);
  const std::uint64_t first = size_of(part);
  bool continued = first > 0;
  attempt.answer = client_.get(file.url, first, [&](int status, const char* bytes, std::size_t count) {
    if (status != kOk && status != kPartial) return true;  // the page that goes with a refusal
    if (continued && status == kOk) {
      // The server sends everything from the beginning.
      gained(-static_cast<std::int64_t>(first));
      output.start_again();
    }
    continued = false;
    if (!output.append(bytes, count)) return false;
    attempt.gained = true;
    gained(static_cast<std::int64_t>(count));
    return true;
  });
  output.settle();
  if (output.error() != 0) attempt.status = internal::system_error("write", part, output.error());
  return attempt;
}

Status FileDownloader::fetch_once(const RemoteFile& file, const std::string& part,
                                  const ByteCount& gained) {
  for (int failures = 0;;) {
    if (file.bytes && size_of(part) == *file.bytes && fs::exists(part)) return {};
    const Attempt attempt = transfer(file, part, gained);
    const HttpAnswer& answer = attempt.answer;
    if (progress_.cancelled()) return Status::cancelled();
    CLIPCLUSTER_RETURN_IF_ERROR(attempt.status);
    const bool had_bytes = answer.status == kOk || answer.status == kPartial;
    const bool whole = answer.complete && had_bytes && (!file.bytes || size_of(part) >= *file.bytes);
    if (whole) return {};
    if (answer.status == kRangeNotSatisfiable) {
      gained(-static_cast<std::int64_t>(size_of(part)));
      fs::remove(part);
    } else if (!had_bytes && !may_pass(answer.status)) {
      return refusal(file.url, answer.status);
    }
    failures = attempt.gained ? 1 : failures + 1;
    if (failures >= options_.attempts) return unreachable(file.url, answer);
    if (!pause(failures - 1, answer)) return Status::cancelled();
  }
}

Status FileDownloader::verify(const RemoteFile& file, const std::string& part) const {
  const std::uint64_t bytes = size_of(part);
  if (file.bytes && bytes != *file.bytes) {
    return Status::corrupt(fmt::format("'{}' arrived with {} bytes instead of {}. Try again later.",
                                       file.url, bytes, *file.bytes));
  }
  if (!file.digest_kind) return {};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string digest, file_digest(part, *file.digest_kind));
  if (digest == file.digest) return {};
  return Status::corrupt(
      fmt::format("'{}' arrived damaged: its {} is {}, and should be {}. Try again later.", file.url,
                  *file.digest_kind == DigestKind::sha256 ? "SHA-256" : "git SHA-1", digest, file.digest));
}

Status FileDownloader::fetch(const RemoteFile& file, const std::string& target, const ByteCount& gained) {
  if (file.digest_kind && fs::exists(target) && verify(file, target).is_ok()) {
    gained(static_cast<std::int64_t>(size_of(target)));
    return {};
  }
  const std::string part = fmt::format("{}.{}.part", target, file.digest.empty() ? "any" : file.digest);
  if (file.digest.empty()) fs::remove(part);  // nothing says that it is a part of the same file
  gained(static_cast<std::int64_t>(size_of(part)));
  for (bool again = true;; again = false) {
    CLIPCLUSTER_RETURN_IF_ERROR(fetch_once(file, part, gained));
    const Status verified = verify(file, part);
    if (verified.is_ok()) break;
    gained(-static_cast<std::int64_t>(size_of(part)));
    fs::remove(part);
    if (!again) return verified;
  }
  std::error_code error;
  fs::rename(part, target, error);
  return error ? internal::system_error("rename", part, error.value()) : Status();
}

}  // namespace clipcluster::models
