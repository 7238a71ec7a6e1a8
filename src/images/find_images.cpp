#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
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
#include "images/archive/archive.h"
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
bool is_decodable(std::span<const std::uint8_t> start) {
  const ImageFormat format = sniff_format(start).format;
  return format != ImageFormat::none && format != ImageFormat::unsupported;
}

bool begins_like_an_image(const std::string& path) {
  const OpenFile file(path);
  if (!file.is_regular()) return false;
  std::array<std::uint8_t, kSniffBytes> start{};
  const std::int64_t count = file.read(0, start);
  return count > 0 && is_decodable(std::span(start).first(static_cast<std::size_t>(count)));
}

// A part that begins with a dot, but ".." in an archive hides nothing.
bool has_hidden_part(std::string_view name) {
  for (std::size_t at = 0; at < name.size();) {
    const std::string_view part = name.substr(at, name.find('/', at) - at);
    if (part.starts_with('.') && part != "..") return true;
    at += part.size() + 1;
  }
  return false;
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
      find_inside_archive(path, errno);
    } else if (S_ISDIR(facts.st_mode)) {
      visit_folder(path);
    } else if (!visit_archive(path, facts, canonical_place(path))) {
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
    if (options_.archives_in_folders && visit_archive(path, facts, place)) return;
    if (S_ISREG(facts.st_mode) && has_archive_extension(path)) ++found_.archives;
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

  // An input that the system does not find may lie inside an archive.
  void find_inside_archive(const std::string& path, int error) {
    const auto inside = error == ENOTDIR || error == ENAMETOOLONG ? split_member_path(path) : std::nullopt;
    const OpenFile file(inside ? inside->archive : path);
    if (!inside || file.error() != 0) return skip(path, file_problem(path, error));
    const std::string place = canonical_place(inside->archive);
    auto made = archive_index(inside->archive, file, progress_);
    if (auto* failure = std::get_if<DecodeFailure>(&made)) return skip(path, std::move(*failure));
    const SharedIndex& index = std::get<SharedIndex>(made);
    const std::size_t before = found_.files.size() + found_.skipped.size();
    if (const ArchiveMember* member = index->find(inside->member)) {
      return take_member(file, *index, *member, path, join(place, inside->member), true);
    }
    take_members({inside->archive, inside->member + "/"}, place, file, *index);
    if (before == found_.files.size() + found_.skipped.size() &&
        index->with_prefix(inside->member + "/").empty())
      skip(path, {SkipReason::not_found, "The archive has no folder or member of this name."});
  }

  // False when it is none, or the content says that it is something else.
  bool visit_archive(const std::string& path, const struct stat& facts, const std::string& place) {
    if (!S_ISREG(facts.st_mode) || facts.st_size == 0) return false;
    if (has_unreadable_archive_extension(path)) {
      if (is_new(place)) skip(path, compressed_archive());
      return true;
    }
    if (!has_archive_extension(path)) return false;
    const OpenFile file(path);
    if (file.error() != 0 || !archive_format(file)) return false;
    if (!is_new(place)) return true;
    auto made = archive_index(path, file, progress_);
    if (auto* failure = std::get_if<DecodeFailure>(&made)) {
      skip(path, std::move(*failure));
    } else {
      take_members({path, ""}, place, file, *std::get<SharedIndex>(made));
    }
    return true;
  }

  static DecodeFailure compressed_archive() {
    return {SkipReason::unsupported_format,
            "Only zip and uncompressed tar archives are read in place; unpack this one, or decompress a "
            ".tar.gz to .tar (gunzip), .tar.zst (unzstd), .tar.xz (unxz)."};
  }

  // All members, or those below a folder: inside.member, empty or with a slash at its end.
  void take_members(const MemberPath& inside, const std::string& place, const OpenFile& file,
                    const ArchiveIndex& index) {
    cancelled_ = cancelled_ || progress_.cancelled();
    if (cancelled_) return;
    // Once, however many of its folders are inputs. (No place begins with a space.)
    if (index.damage && is_new(" " + place)) skip(inside.archive, *index.damage);
    found_.other_files += index.superseded;
    for (const ArchiveMember& member : index.with_prefix(inside.member)) {
      if (cancelled_) return;
      const std::string name(index.name(member));
      if (!options_.include_hidden && has_hidden_part(std::string_view(name).substr(inside.member.size())))
        continue;
      take_member(file, index, member, join(inside.archive, name), join(place, name), false);
    }
  }

  void take_member(const OpenFile& file, const ArchiveIndex& index, const ArchiveMember& member,
                   const std::string& path, const std::string& place, bool is_input) {
    const bool named = is_input || has_image_extension(path);
    if (!named && !is_decodable(read_member_start(file, index, member, kSniffBytes))) {
      ++found_.other_files;
      if (has_archive_extension(path) || has_unreadable_archive_extension(path)) ++found_.nested_archives;
      return;
    }
    if (!is_new(place)) return;
    if (auto problem = member_problem(member)) return skip(path, std::move(*problem));
    if (member.bytes == 0) return skip(path, {SkipReason::empty, "The file is empty."});
    add({path, input_, member.bytes, member.modified_ns});
  }

  void take(const std::string& path, const struct stat& facts, const std::string& place) {
    if (!is_new(place)) return;
    if (!S_ISREG(facts.st_mode)) return skip(path, not_a_regular_file(facts.st_mode));
    if (faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0)
      return skip(path, file_problem(path, errno));
    if (facts.st_size == 0) return skip(path, {SkipReason::empty, "The file is empty."});
    add({path, input_, static_cast<std::uint64_t>(facts.st_size), modified_ns(facts)});
  }

  void add(FoundFile file) {
    found_.files.push_back(std::move(file));
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

void note_archives(const FindResult& found, Progress& progress) {
  if (found.archives == 1) {
    progress.note("An archive in the folders was not read; name it as an input, or give --archives.");
  } else if (found.archives > 1) {
    progress.note(
        fmt::format("{} archives in the folders were not read; name them as inputs, or "
                    "give --archives.",
                    found.archives));
  }
  if (found.nested_archives > 0) {
    progress.note(fmt::format("Archives inside archives are not read ({}); unpack the outer one.",
                              found.nested_archives));
  }
}

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
  FindResult found = std::move(finder).result();
  note_archives(found, progress);
  return found;
}

bool is_image_collection(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) == 0) {
    const bool named = has_archive_extension(path) || has_unreadable_archive_extension(path);
    return S_ISDIR(facts.st_mode) || (S_ISREG(facts.st_mode) && named);
  }
  const auto inside = split_member_path(path);
  if (!inside) return false;
  const OpenFile file(inside->archive);
  if (file.error() != 0) return false;
  const auto made = archive_index(inside->archive, file);
  const auto* index = std::get_if<SharedIndex>(&made);
  return index != nullptr && (*index)->find(inside->member) == nullptr &&
         !(*index)->with_prefix(inside->member + "/").empty();
}

}  // namespace clipcluster
