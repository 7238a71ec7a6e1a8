#include "reduce/umap/layout.h"

#include <algorithm>
#include <utility>

#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "reduce/umap/move_lists.h"

namespace clipcluster::umap {
namespace {

// Vertices that one thread takes at a time.
constexpr std::size_t kChunk = 256;

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
    lists.attract_again(graph.targets[e]);
    for (std::uint32_t i = negatives_due(rate, epoch, problem.options.negative_sample_rate); i > 0; --i) {
      lists.repel(negatives.next());
    }
  }
  lists.end_list();
}

// Moves all vertices as if at once, from `positions` to `moved`.
void move_vertices(const Problem& problem, std::uint32_t epoch, const MatrixF& positions, MatrixF& moved) {
  const Forces forces = forces_in_epoch(problem.options, epoch);
  parallel_for(positions.rows(), kChunk, [&](std::size_t begin, std::size_t end) {
    thread_local ListBuilder lists;
    lists.clear();
    for (std::size_t i = begin; i < end; ++i) list_moves(problem, i, epoch, lists);
    lists.run(problem.move, forces, positions.data(), problem.dim, positions.data(), moved.data());
  });
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
  MatrixF moved(positions.rows(), positions.cols());
  for (std::uint32_t epoch = 0; epoch < options.epochs; ++epoch) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"layout", epoch, options.epochs, "epochs"});
    move_vertices(problem, epoch, positions, moved);
    std::swap(positions, moved);
  }
  progress.report({"layout", options.epochs, options.epochs, "epochs"});
  return {};
}

}  // namespace clipcluster::umap
