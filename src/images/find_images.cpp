#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <unordered_set>
#include <utility>

#include "clipcluster/images.h"
#include "images/file_problem.h"
#include "images/sniff.h"

namespace clipcluster {
namespace {

constexpr std::size_t kFilesPerReport = 256;

std::string join(const std::string& folder, const std::string& name) {
  return folder.empty() || folder.back() == '/' ? folder + name : folder + "/" + name;
}

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// Empty when the path leads nowhere.
std::string canonical_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(path.c_str(), nullptr), &std::free);
  return resolved ? resolved.get() : "";
}

// The folder resolved, the last name as it is.
std::string canonical_place(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
  return join(canonical_path(folder), slash == std::string::npos ? path : path.substr(slash + 1));
}

// The first bytes of a file whose name says nothing. Signatures of unsupported kinds are too short
// to be believed without a name.
bool begins_like_an_image(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return false;
  std::array<std::uint8_t, kSniffBytes> start{};
  const ssize_t count = read(file, start.data(), start.size());
  close(file);
  if (count <= 0) return false;
  const ImageFormat format = sniff_format({start.data(), static_cast<std::size_t>(count)}).format;
  return format != ImageFormat::none && format != ImageFormat::unsupported;
}

// The names in a folder, bytewise. False with errno when it cannot be read.
bool list_folder(const std::string& path, std::vector<std::string>& names) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), &closedir);
  if (!folder) return false;
  errno = 0;
  while (const dirent* entry = readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return errno == 0;
}

class Finder {
 public:
  Finder(const FindOptions& options, Progress& progress) : options_(options), progress_(progress) {}

  // Not cancelled.
  bool find(const std::string& input) {
    input_ = input;
    const std::size_t first = found_.files.size();
    const std::size_t first_skipped = found_.skipped.size();
    const std::string path = without_trailing_slashes(input);
    struct stat facts {};
    if (stat(path.c_str(), &facts) != 0) {
      skip(path, file_problem(path, errno));
    } else if (S_ISDIR(facts.st_mode)) {
      visit_folder(path);
    } else {
      take(path, facts, canonical_place(path));
    }
    const auto by_path = [](const auto& a, const auto& b) { return a.path < b.path; };
    std::sort(found_.files.begin() + static_cast<std::ptrdiff_t>(first), found_.files.end(), by_path);
    std::sort(found_.skipped.begin() + static_cast<std::ptrdiff_t>(first_skipped), found_.skipped.end(),
              by_path);
    return !cancelled_;
  }

  FindResult result() && { return std::move(found_); }
  std::size_t count() const { return found_.files.size(); }

 private:
  void skip(const std::string& path, DecodeFailure failure) {
    found_.skipped.push_back({path, failure.reason, std::move(failure.message)});
  }

  // A folder is known by its resolved path, so that loops end. A file is known by its name in its
  // resolved folder: a link to a file is one more place where a person put that picture, and is
  // found as its duplicate.
  bool is_new(const std::string& canonical) { return seen_.insert(canonical).second; }

  void visit_folder(const std::string& path) {
    const std::string canonical = canonical_path(path);
    if (canonical.empty()) return skip(path, file_problem(path, errno));
    if (!is_new(canonical)) return;
    std::vector<std::string> names;
    if (!list_folder(path, names)) return skip(path, file_problem(path, errno));
    for (const std::string& name : names) {
      if (cancelled_) return;
      if (name[0] == '.' && !options_.include_hidden) continue;
      visit(join(path, name), join(canonical, name));
    }
  }

  void visit(const std::string& path, const std::string& place) {
    struct stat facts {};
    if (lstat(path.c_str(), &facts) != 0) return skip_if_named_image(path, errno);
    if (S_ISLNK(facts.st_mode)) {
      if (!options_.follow_links) {
        ++found_.other_files;
        return;
      }
      if (stat(path.c_str(), &facts) != 0) return skip_if_named_image(path, errno);
    }
    if (S_ISDIR(facts.st_mode)) return visit_folder(path);
    const bool named = has_image_extension(path);
    if (!named && !(S_ISREG(facts.st_mode) && begins_like_an_image(path))) {
      ++found_.other_files;
      return;
    }
    take(path, facts, place);
  }

  void skip_if_named_image(const std::string& path, int error) {
    if (has_image_extension(path)) return skip(path, file_problem(path, error));
    ++found_.other_files;
  }

  void take(const std::string& path, const struct stat& facts, const std::string& place) {
    if (!is_new(place)) return;
    if (!S_ISREG(facts.st_mode)) return skip(path, not_a_regular_file(facts.st_mode));
    if (faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0)
      return skip(path, file_problem(path, errno));
    if (facts.st_size == 0) return skip(path, {SkipReason::empty, "The file is empty."});
    const std::int64_t modified =
        static_cast<std::int64_t>(facts.st_mtim.tv_sec) * 1'000'000'000 + facts.st_mtim.tv_nsec;
    found_.files.push_back({path, input_, static_cast<std::uint64_t>(facts.st_size), modified});
    if (found_.files.size() % kFilesPerReport == 0) {
      progress_.report(
          {.step = "finding images", .done = found_.files.size(), .total = 0, .unit = "files"});
    }
    cancelled_ = cancelled_ || progress_.cancelled();
  }

  const FindOptions& options_;
  Progress& progress_;
  std::string input_;
  FindResult found_;
  std::unordered_set<std::string> seen_;
  bool cancelled_ = false;
};

}  // namespace

Result<FindResult> find_images(std::span<const std::string> inputs, const FindOptions& options,
                               Progress& progress) {
  progress.report({.step = "finding images", .done = 0, .total = 0, .unit = "files"});
  Finder finder(options, progress);
  for (const std::string& input : inputs) {
    if (progress.cancelled() || !finder.find(input)) return Status::cancelled();
  }
  const std::uint64_t count = finder.count();
  progress.report({.step = "finding images", .done = count, .total = count, .unit = "files"});
  return std::move(finder).result();
}

}  // namespace clipcluster
