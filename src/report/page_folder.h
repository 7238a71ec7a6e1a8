// Where the page's files go. They lie in one of two folders beside index.html, which names the one
// that counts: a new page is written into the other one, index.html is replaced last, and only then
// the old files go. A page that is being replaced, or whose replacement fails, stays whole.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "clipcluster/status.h"

namespace clipcluster::report {

class PageFolder {
 public:
  // Creates `folder`. Refuses one whose index.html is not a page of this program.
  static Result<PageFolder> open(const std::string& folder);

  // Name of the folder that the new page's files are in, relative to index.html.
  const std::string& files_name() const { return files_name_; }

  Status write(std::string_view name, std::string_view bytes);
  // Makes the new page the one that counts and removes the old one's files.
  Status publish(std::string_view index_html);
  // Removes what was written so far.
  void discard();

 private:
  PageFolder(std::string folder, std::string files_name, std::string old_files_name);

  std::string folder_;
  std::string files_name_;
  std::string old_files_name_;
};

}  // namespace clipcluster::report
