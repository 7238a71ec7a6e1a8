#include "pipeline/labels_file.h"

#include "fuzz.h"

namespace clipcluster::fuzz {

void labels_file(Bytes bytes) {
  const MemoryFile file(bytes);
  const auto labels = internal::read_labels_file(file.path());
  require_sentence(labels.status());
  if (!labels.is_ok()) return;
  std::size_t characters = 0;
  for (const internal::LabelledPath& row : *labels) {
    characters += row.path.size() + row.label.size();
    static_cast<void>(internal::folder_label(row.path));
  }
  require(characters <= bytes.size(), "nothing is read that is not in the file");
}

}  // namespace clipcluster::fuzz
