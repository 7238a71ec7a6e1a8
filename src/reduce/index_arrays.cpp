#include "reduce/index_arrays.h"

#include <charconv>
#include <string>

namespace clipcluster::reduce {
namespace {

const std::string kPrefix = "index ";  // before the names of the index's texts and arrays
const std::string kVersion = "index version";

}  // namespace

void add_index(const NeighborIndex& index, NamedArrays& arrays) {
  const NamedArrays own = index.to_arrays();
  arrays.set_text(kVersion, std::to_string(own.version()));
  for (const auto& [name, text] : own.texts()) arrays.set_text(kPrefix + name, text);
  for (const auto& [name, array] : own.arrays()) arrays.add_raw(kPrefix + name, array);
}

Result<std::optional<NeighborIndex>> read_index(const NamedArrays& arrays,
                                                const SharedMatrix<float>& points) {
  const auto found = arrays.texts().find(kVersion);
  if (found == arrays.texts().end()) return std::optional<NeighborIndex>();
  int version = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [rest, error] = std::from_chars(found->second.data(), end, version);
  if (error != std::errc() || rest != end) {
    return Status::corrupt("the version of the model's neighbour index is '" + found->second + "'");
  }
  NamedArrays own("neighbors", version);
  for (const auto& [name, text] : arrays.texts()) {
    if (name.starts_with(kPrefix) && name != kVersion) own.set_text(name.substr(kPrefix.size()), text);
  }
  for (const auto& [name, array] : arrays.arrays()) {
    if (name.starts_with(kPrefix)) own.add_raw(name.substr(kPrefix.size()), array);
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(NeighborIndex index, NeighborIndex::from_arrays(own, points));
  return std::optional<NeighborIndex>(std::move(index));
}

}  // namespace clipcluster::reduce
