#include "neighbors/equal_rows.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "clipcluster/parallel.h"
#include "neighbors/rows.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kRowsPerChunk = 256;

// Equal rows have equal hashes, others hardly ever.
std::uint64_t hash_of(const float* row, std::size_t size) {
  constexpr std::size_t kLanes = 4;
  constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15ULL;
  std::uint64_t lanes[kLanes] = {1, 2, 3, 4};
  for (std::size_t i = 0; i < size; ++i) {
    std::uint32_t bits;
    std::memcpy(&bits, row + i, sizeof bits);
    std::uint64_t& lane = lanes[i % kLanes];
    lane = (lane ^ bits) * kFactor;
    lane ^= lane >> 29;
  }
  std::uint64_t hash = size;
  for (const std::uint64_t lane : lanes) hash = (hash ^ lane ^ (lane >> 31)) * kFactor;
  return hash;
}

struct HashedRow {
  std::uint64_t hash;
  std::int32_t row;
  friend bool operator<(const HashedRow& a, const HashedRow& b) {
    return a.hash < b.hash || (a.hash == b.hash && a.row < b.row);
  }
};

std::vector<HashedRow> sorted_by_hash(MatrixView<const float> rows) {
  std::vector<HashedRow> hashed(rows.rows());
  parallel_for(rows.rows(), kRowsPerChunk, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      hashed[i] = {hash_of(rows.row(i), rows.cols()), static_cast<std::int32_t>(i)};
    }
  });
  std::sort(hashed.begin(), hashed.end());
  return hashed;
}

// For each row the first row that equals it.
std::vector<std::int32_t> first_equals(MatrixView<const float> rows) {
  const std::vector<HashedRow> hashed = sorted_by_hash(rows);
  const auto equal = [&](std::int32_t a, std::int32_t b) {
    return std::memcmp(rows.row(static_cast<std::size_t>(a)), rows.row(static_cast<std::size_t>(b)),
                       rows.cols() * sizeof(float)) == 0;
  };
  std::vector<std::int32_t> first(rows.rows());
  std::vector<std::int32_t> distinct;  // among those with one hash
  for (std::size_t h = 0; h < hashed.size(); ++h) {
    if (h == 0 || hashed[h].hash != hashed[h - 1].hash) distinct.clear();
    const std::int32_t row = hashed[h].row;
    const auto same = std::find_if(distinct.begin(), distinct.end(),
                                   [&](std::int32_t other) { return equal(other, row); });
    const bool is_new = same == distinct.end();
    first[static_cast<std::size_t>(row)] = is_new ? row : *same;
    if (is_new) distinct.push_back(row);
  }
  return first;
}

}  // namespace

EqualRows::EqualRows(MatrixView<const float> rows) {
  const std::vector<std::int32_t> first = first_equals(rows);
  std::vector<std::int32_t> group_of(rows.rows());
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto row = static_cast<std::int32_t>(i);
    group_of[i] = first[i] == row ? static_cast<std::int32_t>(firsts_.size())
                                  : group_of[static_cast<std::size_t>(first[i])];
    if (first[i] == row) firsts_.push_back(row);
  }
  if (firsts_.size() == rows.rows()) return;
  group_of_ = std::move(group_of);
  starts_.assign(firsts_.size() + 1, 0);
  for (const std::int32_t group : group_of_) ++starts_[static_cast<std::size_t>(group) + 1];
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  std::vector<std::size_t> next(starts_.begin(), starts_.end() - 1);
  members_.resize(rows.rows());
  for (std::size_t i = 0; i < group_of_.size(); ++i) {
    members_[next[static_cast<std::size_t>(group_of_[i])]++] = static_cast<std::int32_t>(i);
  }
}

// Each of the nearest other groups has at least one member, and the k nearest rows are among the first k
// members of the k nearest groups: a group beyond these, at the same distance even, has a larger first row.
void EqualRows::complete(NeighborLists& lists, std::size_t count) const {
  if (all_distinct()) return;
  const std::size_t k = lists.indices.cols();
  parallel_for(firsts_.size(), kRowsPerChunk, [&](std::size_t begin, std::size_t end) {
    std::vector<Neighbor> nearest;
    for (std::size_t group = begin; group < end; ++group) {
      nearest.clear();
      const auto first = static_cast<std::size_t>(firsts_[group]);
      for (std::size_t j = 0; j < count; ++j) {
        const auto other = static_cast<std::size_t>(lists.indices(first, j));
        const auto same = members(static_cast<std::size_t>(group_of_[other]));
        // One more than k of its own, since a row is not its own neighbour.
        for (const std::int32_t row : same.first(std::min(same.size(), k + 1))) {
          nearest.push_back({lists.distances(first, j), row});
        }
      }
      std::sort(nearest.begin(), nearest.end());
      nearest.resize(std::min(nearest.size(), k + 1));
      for (const std::int32_t row : members(group)) {
        const auto i = static_cast<std::size_t>(row);
        lists.indices(i, 0) = row;
        lists.distances(i, 0) = 0.0F;
        std::size_t place = 1;
        for (std::size_t j = 0; place < k; ++j) {
          if (nearest[j].index == row) continue;
          lists.indices(i, place) = nearest[j].index;
          lists.distances(i, place++) = nearest[j].distance;
        }
      }
    }
  });
}

}  // namespace clipcluster::neighbors
