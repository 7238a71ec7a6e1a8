#include "images/archive/archive_index.h"

#include <algorithm>
#include <array>
#include <utility>

namespace clipcluster {
namespace {

using namespace std::string_view_literals;

bool ends_with_one_of(std::string_view path, std::span<const std::string_view> endings) {
  const std::size_t slash = path.rfind('/');
  std::string name(slash == std::string_view::npos ? path : path.substr(slash + 1));
  for (char& letter : name) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
    return name.size() > ending.size() && name.ends_with(ending);
  });
}

}  // namespace

std::string clean_member_name(std::string_view raw) {
  raw = raw.substr(0, raw.find('\0'));
  std::string name;
  while (!raw.empty()) {
    const std::size_t slash = raw.find('/');
    const std::string_view part = raw.substr(0, slash);
    if (!part.empty() && part != ".") {
      if (!name.empty()) name += '/';
      name += part;
    }
    raw = slash == std::string_view::npos ? std::string_view() : raw.substr(slash + 1);
  }
  return name;
}

void ArchiveIndex::add(std::string_view raw_name, ArchiveMember member) {
  const std::string cleaned = clean_member_name(raw_name);
  if (cleaned.empty()) return;
  member.name_begin = names.size();
  member.name_size = static_cast<std::uint32_t>(cleaned.size());
  names += cleaned;
  members.push_back(member);
}

void ArchiveIndex::finish() {
  std::sort(members.begin(), members.end(), [&](const ArchiveMember& a, const ArchiveMember& b) {
    const int order = name(a).compare(name(b));
    return order != 0 ? order < 0 : a.name_begin > b.name_begin;
  });
  const auto end =
      std::unique(members.begin(), members.end(),
                  [&](const ArchiveMember& a, const ArchiveMember& b) { return name(a) == name(b); });
  superseded = static_cast<std::size_t>(members.end() - end);
  members.erase(end, members.end());
  members.shrink_to_fit();
  names.shrink_to_fit();
}

const ArchiveMember* ArchiveIndex::find(std::string_view wanted) const {
  const auto place = std::lower_bound(
      members.begin(), members.end(), wanted,
      [&](const ArchiveMember& member, std::string_view text) { return name(member) < text; });
  return place != members.end() && name(*place) == wanted ? &*place : nullptr;
}

std::span<const ArchiveMember> ArchiveIndex::with_prefix(std::string_view prefix) const {
  const auto before = [&](const ArchiveMember& member, std::string_view text) {
    return name(member).substr(0, text.size()) < text;
  };
  const auto after = [&](std::string_view text, const ArchiveMember& member) {
    return text < name(member).substr(0, text.size());
  };
  const auto first = std::lower_bound(members.begin(), members.end(), prefix, before);
  return {first, std::upper_bound(first, members.end(), prefix, after)};
}

bool has_archive_extension(std::string_view path) {
  static constexpr std::array endings = {".zip"sv, ".tar"sv, ".cbz"sv, ".cbt"sv};
  return ends_with_one_of(path, endings);
}

bool has_unreadable_archive_extension(std::string_view path) {
  static constexpr std::array endings = {
      ".tar.gz"sv, ".tgz"sv,     ".tar.bz2"sv,  ".tbz2"sv,  ".tbz"sv, ".tar.xz"sv, ".txz"sv, ".tar.zst"sv,
      ".tzst"sv,   ".tar.lz4"sv, ".tar.lzma"sv, ".tar.z"sv, ".7z"sv,  ".rar"sv,    ".cbr"sv, ".cb7"sv};
  return ends_with_one_of(path, endings);
}

std::optional<ArchiveFormat> archive_format(const OpenFile& file) {
  // In this order: a tar archive whose last member is a zip archive ends like one.
  if (is_tar(file)) return ArchiveFormat::tar;
  if (is_zip(file)) return ArchiveFormat::zip;
  return std::nullopt;
}

}  // namespace clipcluster
