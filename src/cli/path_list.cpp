#include "cli/path_list.h"

#include <fmt/format.h>

#include <fstream>

namespace clipcluster::cli {
namespace {

bool needs_escape(const std::string& path) {
  return path.find('\n') != std::string::npos || (!path.empty() && path[0] == '\\');
}

std::string escaped(const std::string& path) {
  std::string line = "\\";
  for (const char c : path) {
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\\') {
      line += "\\\\";
    } else {
      line += c;
    }
  }
  return line;
}

}  // namespace

std::string format_path_list(std::span<const std::string> paths, bool null) {
  std::string text;
  for (const std::string& path : paths) {
    text += !null && needs_escape(path) ? escaped(path) : path;
    text += null ? '\0' : '\n';
  }
  return text;
}

std::string parse_path_line(std::string_view line) {
  if (line.empty() || line[0] != '\\') return std::string(line);
  std::string path;
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      path += line[i];
      continue;
    }
    ++i;
    path += line[i] == 'n' ? '\n' : line[i];
  }
  return path;
}

Result<std::vector<std::string>> read_path_list(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Status::not_found(fmt::format("cannot read '{}'; check the path", file));
  std::vector<std::string> paths;
  for (std::string line; std::getline(in, line);) paths.push_back(parse_path_line(line));
  if (in.bad()) return Status::io(fmt::format("cannot read '{}' to its end", file));
  return paths;
}

}  // namespace clipcluster::cli
