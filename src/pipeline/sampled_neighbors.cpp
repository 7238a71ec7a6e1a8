#include "pipeline/sampled_neighbors.h"

#include <algorithm>

#include "clipcluster/parallel.h"

namespace clipcluster::internal {
namespace {

constexpr std::size_t kRowsPerChunk = 1024;

// The first neighbours that are in the sample; false when there are fewer than k.
bool take_from(const NeighborLists& all, const Sample& sample, std::size_t i, NeighborLists& lists) {
  const std::size_t k = lists.indices.cols();
  const auto point = static_cast<std::size_t>(sample.rows[i]);
  std::size_t found = 0;
  for (std::size_t j = 0; j < all.indices.cols() && found < k; ++j) {
    const std::int32_t number = sample.number[static_cast<std::size_t>(all.indices(point, j))];
    if (number < 0) continue;
    lists.indices(i, found) = number;
    lists.distances(i, found) = all.distances(point, j);
    ++found;
  }
  return found == k;
}

// Its own number first, as nearest_neighbors has it, also among exact duplicates.
void put(std::size_t i, const NeighborLists& answer, std::size_t query, NeighborLists& lists) {
  const auto self = static_cast<std::int32_t>(i);
  lists.indices(i, 0) = self;
  lists.distances(i, 0) = 0.0F;
  std::size_t found = 1;
  for (std::size_t j = 0; j < answer.indices.cols() && found < lists.indices.cols(); ++j) {
    if (answer.indices(query, j) == self) continue;
    lists.indices(i, found) = answer.indices(query, j);
    lists.distances(i, found) = answer.distances(query, j);
    ++found;
  }
}

}  // namespace

Sample make_sample(const std::vector<bool>& is_left_out) {
  Sample sample;
  sample.number.assign(is_left_out.size(), -1);
  for (std::size_t i = 0; i < is_left_out.size(); ++i) {
    if (is_left_out[i]) {
      sample.left_out.push_back(static_cast<std::int32_t>(i));
    } else {
      sample.number[i] = static_cast<std::int32_t>(sample.rows.size());
      sample.rows.push_back(static_cast<std::int32_t>(i));
    }
  }
  return sample;
}

MatrixF gather_rows(MatrixView<const float> points, const std::vector<std::int32_t>& rows) {
  MatrixF chosen(rows.size(), points.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float* row = points.row(static_cast<std::size_t>(rows[i]));
    std::copy(row, row + points.cols(), chosen.row(i));
  }
  return chosen;
}

Result<NeighborLists> sampled_neighbors(const NeighborLists& all, const Sample& sample,
                                        MatrixView<const float> sampled, const NeighborOptions& options) {
  const std::size_t k = std::min(static_cast<std::size_t>(options.k), sampled.rows());
  NeighborLists lists{MatrixI(sampled.rows(), k), MatrixF(sampled.rows(), k)};
  std::vector<std::uint8_t> is_short(sampled.rows(), 0);
  parallel_for(sampled.rows(), kRowsPerChunk, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) is_short[i] = take_from(all, sample, i, lists) ? 0 : 1;
  });
  std::vector<std::int32_t> short_rows;
  for (std::size_t i = 0; i < is_short.size(); ++i) {
    if (is_short[i] != 0) short_rows.push_back(static_cast<std::int32_t>(i));
  }
  if (short_rows.empty()) return lists;
  NeighborOptions wider = options;
  wider.k = static_cast<int>(k) + 1;  // among exact duplicates a row need not find itself
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborLists answers,
                               query_neighbors(sampled, gather_rows(sampled, short_rows), wider));
  for (std::size_t q = 0; q < short_rows.size(); ++q)
    put(static_cast<std::size_t>(short_rows[q]), answers, q, lists);
  return lists;
}

std::int32_t neighbors_label(const NeighborLists& all, const Sample& sample, std::size_t point, int k,
                             const std::vector<std::int32_t>& labels) {
  std::vector<std::pair<std::int32_t, int>> counts;  // in the order of the nearest of each label
  int seen = 0;
  for (std::size_t j = 0; j < all.indices.cols() && seen < k; ++j) {
    const std::int32_t number = sample.number[static_cast<std::size_t>(all.indices(point, j))];
    if (number < 0) continue;
    ++seen;
    const std::int32_t label = labels[static_cast<std::size_t>(number)];
    const auto known =
        std::find_if(counts.begin(), counts.end(), [&](const auto& entry) { return entry.first == label; });
    if (known == counts.end()) {
      counts.emplace_back(label, 1);
    } else {
      ++known->second;
    }
  }
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? -1 : most->first;
}

}  // namespace clipcluster::internal
