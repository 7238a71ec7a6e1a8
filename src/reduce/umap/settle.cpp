#include <algorithm>

#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "reduce/umap/layout.h"
#include "reduce/umap/move_lists.h"

namespace clipcluster::umap {
namespace {

constexpr std::size_t kChunk = 16;
constexpr std::size_t kRowsBetweenReports = 4096;

// The edges of a few rows, weak ones left out.
struct RowEdges {
  std::vector<std::size_t> offsets;
  std::vector<std::int32_t> targets;
  std::vector<std::uint32_t> rates;
};

// Rates are relative to the row's own strongest edge, where umap-learn takes the batch's strongest: a
// row must not depend on its batch.
void add_row(std::span<const std::int32_t> targets, std::span<const float> strengths, std::uint32_t epochs,
             RowEdges& edges) {
  const float largest = *std::max_element(strengths.begin(), strengths.end());
  for (std::size_t j = 0; j < targets.size(); ++j) {
    if (strengths[j] <= 0.0F || strengths[j] < largest / static_cast<float>(epochs)) continue;
    edges.targets.push_back(targets[j]);
    edges.rates.push_back(sampling_rate(strengths[j], largest));
  }
  edges.offsets.push_back(edges.targets.size());
}

void list_moves(const RowEdges& edges, std::size_t row, std::uint32_t epoch, std::uint32_t per_edge,
                NegativeSamples negatives, ListBuilder& lists) {
  lists.start_list(row);
  for (std::size_t e = edges.offsets[row]; e < edges.offsets[row + 1]; ++e) {
    if (!is_due(edges.rates[e], epoch)) continue;
    lists.attract(edges.targets[e]);
    for (std::uint32_t i = negatives_due(edges.rates[e], epoch, per_edge); i > 0; --i) {
      lists.repel(negatives.next());
    }
  }
  lists.end_list();
}

}  // namespace

Status settle_rows(MatrixView<const float> fixed, MatrixView<const std::int32_t> targets,
                   MatrixView<const float> strengths, const LayoutOptions& options, MatrixF& positions,
                   Progress& progress) {
  const CounterRandom random(options.seed, "umap transform negatives");
  const std::size_t dim = fixed.cols();
  const MoveFunction move = move_function(fixed.rows(), dim);
  const auto settle_chunk = [&](std::size_t begin, std::size_t end) {
    RowEdges edges;
    edges.offsets.push_back(0);
    for (std::size_t i = begin; i < end; ++i) {
      add_row(targets.row_span(i), strengths.row_span(i), options.epochs, edges);
    }
    ListBuilder lists;
    float* own = positions.row(begin);
    for (std::uint32_t epoch = 0; epoch < options.epochs; ++epoch) {
      lists.clear();
      const NegativeSamples negatives(random, static_cast<std::uint32_t>(fixed.rows()), 0, epoch);
      for (std::size_t row = 0; row < end - begin; ++row) {
        list_moves(edges, row, epoch, options.negative_sample_rate, negatives, lists);
      }
      lists.run(move, forces_in_epoch(options, epoch), fixed.data(), dim, own, own);
    }
  };
  for (std::size_t begin = 0; begin < positions.rows(); begin += kRowsBetweenReports) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"transform", begin, positions.rows(), "rows"});
    const std::size_t count = std::min(kRowsBetweenReports, positions.rows() - begin);
    parallel_for(count, kChunk,
                 [&](std::size_t from, std::size_t to) { settle_chunk(begin + from, begin + to); });
  }
  progress.report({"transform", positions.rows(), positions.rows(), "rows"});
  return {};
}

}  // namespace clipcluster::umap
