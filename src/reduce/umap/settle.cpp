#include <algorithm>
#include <vector>

#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "reduce/umap/layout.h"
#include "reduce/umap/schedule.h"

namespace clipcluster::umap {
namespace {

constexpr std::size_t kChunk = 16;
constexpr std::size_t kRowsBetweenReports = 4096;

// Random vertices of [0, count), the same for (epoch, draw) whichever row asks.
class NegativeSamples {
 public:
  NegativeSamples(const CounterRandom& random, std::uint32_t count, std::uint32_t epoch)
      : random_(random), count_(count), block_(std::uint64_t{epoch} << 32) {}

  std::uint32_t next() {
    if (left_ == 0) {
      numbers_ = random_.block(0, block_++);
      left_ = 4;
    }
    return static_cast<std::uint32_t>((std::uint64_t{numbers_[--left_]} * count_) >> 32);
  }

 private:
  const CounterRandom& random_;
  std::uint32_t count_;
  std::uint64_t block_;
  std::array<std::uint32_t, 4> numbers_ = {};
  std::size_t left_ = 0;
};

struct Edge {
  std::uint32_t target;
  std::uint32_t rate;
};

// What one thread needs for the row it works on, reused from row to row.
struct Row {
  std::vector<Edge> edges;
  std::vector<std::uint32_t> entries;
  std::vector<std::uint32_t> group_begin;
};

// Rates are relative to the row's own strongest edge, where umap-learn takes the batch's strongest: a
// row must not depend on its batch.
void take_edges(std::span<const std::int32_t> targets, std::span<const float> strengths,
                std::uint32_t epochs, Row& row) {
  const float largest = *std::max_element(strengths.begin(), strengths.end());
  row.edges.clear();
  for (std::size_t j = 0; j < targets.size(); ++j) {
    if (strengths[j] <= 0.0F || strengths[j] < largest / static_cast<float>(epochs)) continue;
    row.edges.push_back({static_cast<std::uint32_t>(targets[j]), sampling_rate(strengths[j], largest)});
  }
}

void list_groups(std::uint32_t epoch, std::uint32_t per_edge, NegativeSamples negatives, Row& row) {
  row.entries.clear();
  row.group_begin.assign(1, 0);
  for (const Edge edge : row.edges) {
    if (!is_due(edge.rate, epoch)) continue;
    row.entries.push_back(edge.target | kAttracts);
    for (std::uint32_t i = negatives_due(edge.rate, epoch, per_edge); i > 0; --i) {
      row.entries.push_back(negatives.next());
    }
    row.group_begin.push_back(static_cast<std::uint32_t>(row.entries.size()));
  }
}

}  // namespace

Status settle_rows(MatrixView<const float> fixed, MatrixView<const std::int32_t> targets,
                   MatrixView<const float> strengths, const LayoutOptions& options, MatrixF& positions,
                   Progress& progress) {
  const CounterRandom random(options.seed, "umap transform negatives");
  const SettleVertex settle = settle_function(fixed.rows(), fixed.cols());
  const auto settle_row = [&](std::size_t i, Row& row) {
    take_edges(targets.row_span(i), strengths.row_span(i), options.epochs, row);
    for (std::uint32_t epoch = 0; epoch < options.epochs && !row.edges.empty(); ++epoch) {
      list_groups(epoch, options.negative_sample_rate,
                  NegativeSamples(random, static_cast<std::uint32_t>(fixed.rows()), epoch), row);
      settle(forces_in_epoch(options, epoch), row.entries.data(), row.group_begin.data(),
             row.group_begin.size() - 1, fixed.data(), fixed.cols(), positions.row(i));
    }
  };
  for (std::size_t begin = 0; begin < positions.rows(); begin += kRowsBetweenReports) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"transform", begin, positions.rows(), "rows"});
    const std::size_t count = std::min(kRowsBetweenReports, positions.rows() - begin);
    parallel_for(count, kChunk, [&](std::size_t from, std::size_t to) {
      Row row;
      for (std::size_t i = begin + from; i < begin + to; ++i) settle_row(i, row);
    });
  }
  progress.report({"transform", positions.rows(), positions.rows(), "rows"});
  return {};
}

}  // namespace clipcluster::umap
