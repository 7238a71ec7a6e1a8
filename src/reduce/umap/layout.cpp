#include "reduce/umap/layout.h"

#include <algorithm>
#include <cstring>

#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "reduce/umap/move_lists.h"

namespace clipcluster::umap {
namespace {

// Vertices that one thread takes at a time.
constexpr std::size_t kChunk = 256;
// One batch would let two neighbours swap places for ever; more batches leave less to do at once.
constexpr std::size_t kBatches = 8;

std::vector<std::uint32_t> sampling_rates(const FuzzyGraph& graph) {
  const float largest = graph.largest_weight();
  std::vector<std::uint32_t> rates(graph.weights.size());
  for (std::size_t e = 0; e < rates.size(); ++e) rates[e] = sampling_rate(graph.weights[e], largest);
  return rates;
}

// What stays the same through all epochs.
struct Problem {
  const FuzzyGraph& graph;
  const LayoutOptions& options;
  std::vector<std::uint32_t> rates;
  CounterRandom random;
  MoveFunction move;
  std::size_t dim;
};

void list_moves(const Problem& problem, std::size_t vertex, std::uint32_t epoch, ListBuilder& lists) {
  const FuzzyGraph& graph = problem.graph;
  const auto n = static_cast<std::uint32_t>(graph.vertices());
  NegativeSamples negatives(problem.random, n, vertex, epoch);
  lists.start_list(vertex);
  for (std::size_t e = graph.offsets[vertex]; e < graph.offsets[vertex + 1]; ++e) {
    const std::uint32_t rate = problem.rates[e];
    if (!is_due(rate, epoch)) continue;
    lists.attract(graph.targets[e]);
    for (std::uint32_t i = negatives_due(rate, epoch, problem.options.negative_sample_rate); i > 0; --i) {
      lists.repel(negatives.next());
    }
    lists.attract(graph.targets[e]);  // once more for the edge's other direction
  }
  lists.end_list();
}

// Moves the vertices [begin, end) as if at once.
void move_batch(const Problem& problem, std::uint32_t epoch, std::size_t begin, std::size_t end,
                MatrixF& positions, MatrixF& moved) {
  const Forces forces = forces_in_epoch(problem.options, epoch);
  parallel_for(end - begin, kChunk, [&](std::size_t chunk_begin, std::size_t chunk_end) {
    thread_local ListBuilder lists;
    lists.clear();
    for (std::size_t i = begin + chunk_begin; i < begin + chunk_end; ++i) {
      list_moves(problem, i, epoch, lists);
    }
    lists.run(problem.move, forces, positions.data(), problem.dim, positions.data(), moved.data());
  });
  if (begin == end) return;
  std::memcpy(positions.row(begin), moved.row(begin), (end - begin) * problem.dim * sizeof(float));
}

}  // namespace

Status optimise_layout(const FuzzyGraph& graph, const LayoutOptions& options, MatrixF& positions,
                       Progress& progress) {
  const Problem problem = {graph,
                           options,
                           sampling_rates(graph),
                           CounterRandom(options.seed, "umap negatives"),
                           move_function(positions.rows(), positions.cols()),
                           positions.cols()};
  const std::size_t n = graph.vertices();
  MatrixF moved(positions.rows(), positions.cols());
  for (std::uint32_t epoch = 0; epoch < options.epochs; ++epoch) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"layout", epoch, options.epochs, "epochs"});
    for (std::size_t batch = 0; batch < kBatches; ++batch) {
      move_batch(problem, epoch, n * batch / kBatches, n * (batch + 1) / kBatches, positions, moved);
    }
  }
  progress.report({"layout", options.epochs, options.epochs, "epochs"});
  return {};
}

}  // namespace clipcluster::umap
