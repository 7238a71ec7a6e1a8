// In which order the layout takes the edges: so that threads and vector lanes may take many at once,
// and the result is as if they had been taken one after the other.
//
// The vertices are cut into blocks. A task is the edges between two blocks, or within one; a round is
// tasks that share no block, as in a tournament where everybody meets everybody (and, in the first
// round, himself). So the tasks of a round may run in different threads (as the blocks of a matrix in
// Gemulla et al., "Large-scale matrix factorization with distributed stochastic gradient descent",
// KDD 2011). Within a task the edges are coloured: no two of a colour share a vertex, so a colour may run
// in vector lanes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "reduce/umap/fuzzy_graph.h"

namespace clipcluster::umap {

// Every edge of a symmetric graph once. Every block takes part in exactly one task of a round. Colour c is
// the edges [colours[c], colours[c + 1]), task t the colours [tasks[t], tasks[t + 1]), round r the tasks
// [rounds[r], rounds[r + 1]).
struct ColouredEdges {
  std::vector<std::uint32_t> heads;
  std::vector<std::uint32_t> tails;  // above the head
  std::vector<std::uint32_t> rates;  // schedule.h
  std::vector<std::size_t> colours;
  std::vector<std::size_t> tasks;
  std::vector<std::size_t> rounds;
  std::vector<std::array<std::uint32_t, 2>> pairs;  // the blocks of every task
};

// Depends on the graph only. Colours are handed out first fit in the order of the rows: hardly more than
// the largest degree, the first ones the largest.
ColouredEdges colour_edges(const FuzzyGraph& graph);

}  // namespace clipcluster::umap
