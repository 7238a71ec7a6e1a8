// Which search nearest_neighbors makes.
#include <fmt/format.h>

#include "clipcluster/neighbors.h"

namespace clipcluster {
namespace {

// So many rows of 512 numbers take an exact search about a minute on two cores.
constexpr std::uint64_t kExactRows = 300'000;

}  // namespace

const char* neighbor_search_name(NeighborSearch search) {
  if (search == NeighborSearch::exact) return "exact";
  return search == NeighborSearch::approximate ? "approximate" : "auto";
}

Result<NeighborSearch> parse_neighbor_search(std::string_view name) {
  for (const auto search :
       {NeighborSearch::automatic, NeighborSearch::exact, NeighborSearch::approximate}) {
    if (name == neighbor_search_name(search)) return search;
  }
  return Status::invalid_argument(
      fmt::format("neighbour search '{}' is not known: give 'auto', 'exact' or 'approximate'", name));
}

NeighborSearch resolved_search(const NeighborOptions& options, std::uint64_t points) {
  if (options.search != NeighborSearch::automatic) return options.search;
  return points > kExactRows ? NeighborSearch::approximate : NeighborSearch::exact;
}

}  // namespace clipcluster
