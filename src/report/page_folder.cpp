#include "report/page_folder.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <vector>

#include "clipcluster/array_files.h"
#include "report/page_assets.h"

namespace clipcluster::report {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 2> files_names = {"clipcluster-page-1", "clipcluster-page-2"};
constexpr std::string_view generator = "<meta name=\"generator\" content=\"clipcluster\">";

bool starts_with_any_data_name(std::string_view name) {
  for (const std::string_view stem : {"tiles-", "contact-", "near-", "paths-", "skipped-", "duplicates-"}) {
    if (name.starts_with(stem) && (name.ends_with(".js") || name.ends_with(".jpg"))) return true;
  }
  return name == "summary.js" || name == "points.js" ||
         (name.starts_with(".clipcluster-") && name.ends_with(".tmp"));
}

bool is_page_file(std::string_view name) {
  for (const PageAsset& asset : page_assets()) {
    if (asset.name == name) return true;
  }
  return starts_with_any_data_name(name);
}

// Only files with names that a page has: what somebody else put there stays, and so does the folder.
void remove_page_files(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(folder, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    if (is_page_file(entry->path().filename().string())) files.push_back(entry->path());
  }
  for (const fs::path& file : files) fs::remove(file, ignored);
  fs::remove(folder, ignored);
}

std::string read_head(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string head(4096, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  return head;
}

}  // namespace

PageFolder::PageFolder(std::string folder, std::string files_name, std::string old_files_name)
    : folder_(std::move(folder)),
      files_name_(std::move(files_name)),
      old_files_name_(std::move(old_files_name)) {}

Result<PageFolder> PageFolder::open(const std::string& folder) {
  std::error_code error;
  const fs::path index = fs::path(folder) / "index.html";
  std::string current;
  if (fs::exists(index, error)) {
    current = read_head(index);
    if (current.find(generator) == std::string::npos) {
      return Status::invalid_argument(fmt::format(
          "{} is there already and is not a page of clipcluster; name another folder, or move it away",
          index.string()));
    }
  }
  const bool first_in_use = current.find(files_names[0]) != std::string::npos;
  PageFolder page(folder, files_names[first_in_use ? 1 : 0], files_names[first_in_use ? 0 : 1]);
  const fs::path files = fs::path(folder) / page.files_name_;
  remove_page_files(files);
  fs::create_directories(files, error);
  if (error) {
    return Status::io(fmt::format("cannot create the folder {}: {}", files.string(), error.message()));
  }
  return page;
}

Status PageFolder::write(std::string_view name, std::string_view bytes) {
  return write_file((fs::path(folder_) / files_name_ / name).string(), bytes);
}

Status PageFolder::publish(std::string_view index_html) {
  CLIPCLUSTER_RETURN_IF_ERROR(write_file((fs::path(folder_) / "index.html").string(), index_html));
  remove_page_files(fs::path(folder_) / old_files_name_);
  return Status();
}

void PageFolder::discard() { remove_page_files(fs::path(folder_) / files_name_); }

}  // namespace clipcluster::report
