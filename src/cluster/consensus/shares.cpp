#include "cluster/consensus/shares.h"

#include <algorithm>
#include <map>
#include <utility>

#include "clipcluster/parallel.h"

namespace clipcluster::consensus {

MemberShares::MemberShares(MatrixView<const std::uint16_t> labels, std::span<const std::size_t> rows,
                           std::span<const std::int32_t> members, std::size_t clusters)
    : first_(labels.cols() + 1, 0), sizes_(clusters, 0) {
  for (const std::int32_t member : members) {
    if (member >= 0) ++sizes_[static_cast<std::size_t>(member)];
  }
  for (std::size_t r = 0; r < labels.cols(); ++r) {
    std::uint16_t greatest = 0;
    for (std::size_t i = 0; i < labels.rows(); ++i) greatest = std::max(greatest, labels(i, r));
    first_[r + 1] = first_[r] + greatest + 1U;
  }
  entries_.resize(first_.back());
  points_.assign(first_.back(), 0);
  parallel_for(labels.cols(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      std::map<std::pair<std::uint16_t, std::int32_t>, std::int32_t> counts;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::uint16_t label = labels(rows[i], r);
        ++points_[first_[r] + label];
        if (members[i] >= 0) ++counts[{label, members[i]}];
      }
      for (const auto& [key, count] : counts) {
        const auto size = static_cast<float>(sizes_[static_cast<std::size_t>(key.second)]);
        entries_[first_[r] + key.first].push_back({key.second, static_cast<float>(count) / size, count});
      }
    }
  });
}

void MemberShares::add_up(const std::uint16_t* point, std::span<double> values) const {
  std::fill(values.begin(), values.end(), 0.0);
  for (std::size_t r = 0; r < clusterings(); ++r) {
    if (point[r] == 0) continue;
    for (const Entry& entry : of(r, point[r])) {
      values[static_cast<std::size_t>(entry.cluster)] += static_cast<double>(entry.share);
    }
  }
  for (double& value : values) value /= static_cast<double>(clusterings());
}

std::vector<double> MemberShares::stability(std::size_t clusterings_per_run) const {
  std::vector<double> sums(clusters(), 0.0);
  const std::size_t runs = clusterings() / clusterings_per_run;
  std::vector<double> best(clusters());
  for (std::size_t run = 0; run < runs; ++run) {
    std::fill(best.begin(), best.end(), 0.0);
    for (std::size_t r = run * clusterings_per_run; r < (run + 1) * clusterings_per_run; ++r) {
      for (std::size_t label = 1; label < labels_in(r); ++label) {
        const auto points = static_cast<double>(points_in(r, static_cast<std::uint16_t>(label)));
        for (const Entry& entry : of(r, static_cast<std::uint16_t>(label))) {
          const auto cluster = static_cast<std::size_t>(entry.cluster);
          const auto both = static_cast<double>(entry.count);
          best[cluster] =
              std::max(best[cluster], both / (points + static_cast<double>(sizes_[cluster]) - both));
        }
      }
    }
    for (std::size_t c = 0; c < clusters(); ++c) sums[c] += best[c];
  }
  for (double& sum : sums) sum /= static_cast<double>(std::max<std::size_t>(runs, 1));
  return sums;
}

}  // namespace clipcluster::consensus
