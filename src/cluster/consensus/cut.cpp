#include "cluster/consensus/cut.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "clipcluster/modularity.h"
#include "clipcluster/parallel.h"

namespace clipcluster::consensus {
namespace {

constexpr double kStep = 0.01;
// About the error of the mean share of two groups after 100 runs.
constexpr double kWidth = 0.04;
// Chosen on photos, social, MNIST and openclipart (docs/consensus.md).
constexpr double kWeightOfChance = 0.35;

double pairs_of(double points) { return points * (points - 1.0) / 2.0; }

class Tree {
 public:
  Tree(std::span<const LinkageRow> rows, std::int64_t smallest)
      : rows_(rows), points_(rows.size() + 1), smallest_(smallest) {
    for (const LinkageRow& row : rows) pairs_.push_back(size_of(row.left) * size_of(row.right));
  }

  double pairs_near(double share) const {
    double pairs = 0.0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const double away = (1.0 - rows_[i].distance - share) / kWidth;
      pairs += pairs_[i] * std::exp(-0.5 * away * away);
    }
    return pairs;
  }

  // [points], -1 in groups that are too small; `together` becomes the number of pairs in the others.
  std::vector<std::int32_t> labels_at(double share, double& together) const {
    std::vector<std::int32_t> group(points_ + rows_.size(), -1);
    std::int32_t groups = 0;
    together = 0.0;
    for (std::size_t node = group.size(); node-- > 0;) {
      const bool is_row = node >= points_;
      const bool is_group = !is_row || 1.0 - rows_[node - points_].distance >= share;
      if (group[node] == -1 && is_group) {
        const double size = size_of(static_cast<std::int64_t>(node));
        const bool is_large = size >= static_cast<double>(smallest_);
        group[node] = is_large ? groups++ : kTooSmall;
        if (is_large) together += pairs_of(size);
      }
      if (!is_row || !is_group) continue;
      group[static_cast<std::size_t>(rows_[node - points_].left)] = group[node];
      group[static_cast<std::size_t>(rows_[node - points_].right)] = group[node];
    }
    group.resize(points_);
    for (std::int32_t& label : group) label = std::max(label, -1);
    return group;
  }

 private:
  static constexpr std::int32_t kTooSmall = -2;

  double size_of(std::int64_t node) const {
    const auto number = static_cast<std::size_t>(node);
    return number < points_ ? 1.0 : static_cast<double>(rows_[number - points_].size);
  }

  std::span<const LinkageRow> rows_;
  std::size_t points_;
  std::int64_t smallest_;
  std::vector<double> pairs_;  // of points that a row joins
};

double goodness(const Tree& tree, double share, MatrixView<const std::int32_t> neighbors) {
  double together = 0.0;
  const std::vector<std::int32_t> labels = tree.labels_at(share, together);
  if (together <= 0.0) return -1.0;
  const double modularity = neighbor_figures(neighbors, neighbors.cols(), labels).modularity;
  return modularity - kWeightOfChance * tree.pairs_near(share) / together;
}

}  // namespace

double choose_cut(std::span<const LinkageRow> rows, std::int64_t smallest,
                  MatrixView<const std::int32_t> neighbors, const CutRange& range) {
  const Tree tree(rows, smallest);
  const auto steps = static_cast<std::size_t>(std::floor((range.most - range.least) / kStep + 1e-9));
  std::vector<double> values(steps + 1);
  const auto share_of = [&](std::size_t i) { return range.least + static_cast<double>(i) * kStep; };
  parallel_for(values.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) values[i] = goodness(tree, share_of(i), neighbors);
  });
  const auto best = std::max_element(values.begin(), values.end());
  return share_of(static_cast<std::size_t>(best - values.begin()));
}

}  // namespace clipcluster::consensus
