#include "reduce/umap/edge_colours.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "clipcluster/parallel.h"
#include "reduce/umap/schedule.h"

namespace clipcluster::umap {
namespace {

// Blocks of at least this many vertices, so that a colour fills many vectors; an even number of blocks,
// and no more than keep eight threads busy, because each adds a round at whose end threads wait.
constexpr std::size_t kSmallestBlock = 1024;
constexpr std::size_t kMostBlocks = 16;

// Colours that are handed out at a time: as many as bits in a cache line, so that a look at a vertex
// costs one miss. Edges that find none free wait until the others are done and the sets are empty again.
constexpr std::size_t kWords = 8;
constexpr std::uint32_t kColoursAtOnce = 64 * kWords;
constexpr std::uint32_t kNone = ~std::uint32_t{0};

struct Blocks {
  std::size_t vertices;
  std::size_t count;

  explicit Blocks(std::size_t n)
      : vertices(n),
        count(n < 2 * kSmallestBlock ? 1 : std::min(kMostBlocks, n / kSmallestBlock / 2 * 2)) {}
  std::size_t of(std::size_t vertex) const { return vertex * count / vertices; }
  // The first vertex whose of() is `block`.
  std::size_t begin(std::size_t block) const { return (block * vertices + count - 1) / count; }
  std::size_t size(std::size_t block) const { return begin(block + 1) - begin(block); }
};

// Who meets whom, by the circle method: one block stays, the others turn.
struct Tournament {
  std::vector<std::array<std::size_t, 2>> pairs;  // task -> blocks
  std::vector<std::size_t> rounds;

  explicit Tournament(std::size_t blocks) : rounds{0} {
    for (std::size_t b = 0; b < blocks; ++b) pairs.push_back({b, b});
    rounds.push_back(pairs.size());
    const std::size_t turning = blocks - 1;
    for (std::size_t turn = 0; turn < turning; ++turn) {
      pairs.push_back({turn, turning});
      for (std::size_t k = 1; k < blocks / 2; ++k) {
        pairs.push_back({(turn + k) % turning, (turn + turning - k) % turning});
      }
      rounds.push_back(pairs.size());
    }
  }
};

// Edges grouped by task, in the order of the rows.
struct GroupedEdges {
  ColouredEdges edges;
  std::vector<std::size_t> begin;
};

// Calls visit(task, head, index into the graph) for every edge once, in the order of the rows.
template <class Visit>
void for_each_edge(const FuzzyGraph& graph, const Blocks& blocks, const std::vector<std::size_t>& task_of,
                   Visit visit) {
  std::vector<std::uint32_t> block(graph.vertices());
  for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<std::uint32_t>(blocks.of(i));
  for (std::size_t i = 0; i < graph.vertices(); ++i) {
    for (std::size_t e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e) {
      const auto target = static_cast<std::size_t>(graph.targets[e]);
      if (target > i) visit(task_of[block[i] * blocks.count + block[target]], i, e);
    }
  }
}

GroupedEdges group_by_task(const FuzzyGraph& graph, const Blocks& blocks, const Tournament& tournament) {
  std::vector<std::size_t> task_of(blocks.count * blocks.count);
  for (std::size_t task = 0; task < tournament.pairs.size(); ++task) {
    const auto [x, y] = tournament.pairs[task];
    task_of[x * blocks.count + y] = task_of[y * blocks.count + x] = task;
  }
  GroupedEdges grouped;
  grouped.begin.assign(tournament.pairs.size() + 1, 0);
  for_each_edge(graph, blocks, task_of,
                [&](std::size_t task, std::size_t, std::size_t) { ++grouped.begin[task + 1]; });
  std::partial_sum(grouped.begin.begin(), grouped.begin.end(), grouped.begin.begin());
  std::vector<std::size_t> free_slot(grouped.begin.begin(), grouped.begin.end() - 1);
  ColouredEdges& edges = grouped.edges;
  edges.heads.resize(grouped.begin.back());
  edges.tails.resize(grouped.begin.back());
  edges.rates.resize(grouped.begin.back());
  const float largest = graph.largest_weight();
  for_each_edge(graph, blocks, task_of, [&](std::size_t task, std::size_t head, std::size_t e) {
    const std::size_t slot = free_slot[task]++;
    edges.heads[slot] = static_cast<std::uint32_t>(head);
    edges.tails[slot] = static_cast<std::uint32_t>(graph.targets[e]);
    edges.rates[slot] = sampling_rate(graph.weights[e], largest);
  });
  return grouped;
}

struct alignas(64) ColourSet {
  std::array<std::uint64_t, kWords> words = {};
};

std::uint32_t take_first_free(ColourSet& x, ColourSet& y) {
  for (std::size_t word = 0; word < kWords; ++word) {
    const std::uint64_t free = ~(x.words[word] | y.words[word]);
    if (free == 0) continue;
    const std::uint64_t bit = free & (~free + 1);
    x.words[word] |= bit;
    y.words[word] |= bit;
    return static_cast<std::uint32_t>(64 * word) + static_cast<std::uint32_t>(std::countr_zero(bit));
  }
  return kNone;
}

// Where the sets of a task's two blocks lie.
class ColourSets {
 public:
  ColourSets(const Blocks& blocks, std::array<std::size_t, 2> pair)
      : first_begin_(blocks.begin(pair[0])),
        first_end_(blocks.begin(pair[0] + 1)),
        second_begin_(blocks.begin(pair[1])),
        sets_(blocks.size(pair[0]) + (pair[0] == pair[1] ? 0 : blocks.size(pair[1]))) {}
  ColourSet& operator[](std::size_t vertex) {
    const bool in_first = vertex >= first_begin_ && vertex < first_end_;
    return sets_[in_first ? vertex - first_begin_ : first_end_ - first_begin_ + vertex - second_begin_];
  }
  void clear() { std::fill(sets_.begin(), sets_.end(), ColourSet{}); }

 private:
  std::size_t first_begin_;
  std::size_t first_end_;
  std::size_t second_begin_;
  std::vector<ColourSet> sets_;
};

// The colour of every edge in [begin, end).
std::vector<std::uint32_t> first_fit(const ColouredEdges& edges, std::size_t begin, std::size_t end,
                                     ColourSets& sets) {
  std::vector<std::uint32_t> colours(end - begin, kNone);
  bool waiting = true;
  for (std::uint32_t base = 0; waiting; base += kColoursAtOnce) {
    waiting = false;
    if (base > 0) sets.clear();
    for (std::size_t e = begin; e < end; ++e) {
      if (colours[e - begin] != kNone) continue;
      const std::uint32_t colour = take_first_free(sets[edges.heads[e]], sets[edges.tails[e]]);
      waiting = waiting || colour == kNone;
      if (colour != kNone) colours[e - begin] = base + colour;
    }
  }
  return colours;
}

// Orders values[begin ..) by colour; within a colour the order stays.
void sort_by_colour(const std::vector<std::uint32_t>& colours, std::vector<std::size_t> begin_of_colour,
                    std::size_t begin, std::vector<std::uint32_t>& values) {
  std::vector<std::uint32_t> sorted(colours.size());
  for (std::size_t i = 0; i < colours.size(); ++i)
    sorted[begin_of_colour[colours[i]]++] = values[begin + i];
  std::copy(sorted.begin(), sorted.end(), values.begin() + static_cast<std::ptrdiff_t>(begin));
}

// Orders a task's edges by colour and returns where each colour begins, counted from the task's first.
std::vector<std::size_t> colour_task(std::size_t begin, std::size_t end, ColourSets sets,
                                     ColouredEdges& edges) {
  const std::vector<std::uint32_t> colours = first_fit(edges, begin, end, sets);
  const std::uint32_t count = colours.empty() ? 0 : *std::max_element(colours.begin(), colours.end()) + 1;
  std::vector<std::size_t> begin_of_colour(std::size_t{count} + 1, 0);
  for (const std::uint32_t colour : colours) ++begin_of_colour[std::size_t{colour} + 1];
  std::partial_sum(begin_of_colour.begin(), begin_of_colour.end(), begin_of_colour.begin());
  for (auto* values : {&edges.heads, &edges.tails, &edges.rates}) {
    sort_by_colour(colours, begin_of_colour, begin, *values);
  }
  begin_of_colour.pop_back();
  return begin_of_colour;
}

}  // namespace

ColouredEdges colour_edges(const FuzzyGraph& graph) {
  const Blocks blocks(graph.vertices());
  const Tournament tournament(blocks.count);
  GroupedEdges grouped = group_by_task(graph, blocks, tournament);
  const std::size_t tasks = tournament.pairs.size();
  std::vector<std::vector<std::size_t>> begins(tasks);
  parallel_for(tasks, 1, [&](std::size_t task, std::size_t) {
    begins[task] = colour_task(grouped.begin[task], grouped.begin[task + 1],
                               ColourSets(blocks, tournament.pairs[task]), grouped.edges);
  });
  ColouredEdges edges = std::move(grouped.edges);
  edges.rounds = tournament.rounds;
  for (const auto [x, y] : tournament.pairs) {
    edges.pairs.push_back({static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)});
  }
  edges.tasks.push_back(0);
  for (std::size_t task = 0; task < tasks; ++task) {
    for (const std::size_t begin : begins[task]) edges.colours.push_back(grouped.begin[task] + begin);
    edges.tasks.push_back(edges.colours.size());
  }
  edges.colours.push_back(edges.heads.size());
  return edges;
}

}  // namespace clipcluster::umap
