#include "reduce/umap/layout.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "clipcluster/parallel.h"
#include "clipcluster/random.h"

namespace clipcluster::umap {
namespace {

constexpr std::size_t kRows = 8192;

MatrixF with_padding(const MatrixF& rows) {
  MatrixF padded(rows.rows(), padded_dimensions(rows.cols()));
  for (std::size_t i = 0; i < rows.rows(); ++i) std::copy_n(rows.row(i), rows.cols(), padded.row(i));
  return padded;
}

void copy_without_padding(const MatrixF& padded, MatrixF& rows) {
  for (std::size_t i = 0; i < rows.rows(); ++i) std::copy_n(padded.row(i), rows.cols(), rows.row(i));
}

void copy_rows(const MatrixF& from, MatrixF& to) {
  parallel_for(from.rows(), kRows, [&](std::size_t begin, std::size_t end) {
    std::copy_n(from.row(begin), (end - begin) * from.cols(), to.row(begin));
  });
}

// How many rounds of an epoch every block has behind it. A task starts as soon as the tasks before it
// that share a block with it are done, so that threads need not wait for each other after every round.
class Turns {
 public:
  explicit Turns(std::size_t blocks) : rounds_done_(blocks) {}
  void restart() {
    for (auto& done : rounds_done_) done.store(0, std::memory_order_relaxed);
  }
  void wait_for(std::uint32_t block, std::uint32_t round) {
    auto& done = rounds_done_[block];
    for (std::uint32_t now = done.load(std::memory_order_acquire); now != round;
         now = done.load(std::memory_order_acquire)) {
      done.wait(now, std::memory_order_acquire);
    }
  }
  // libstdc++ wakes nobody unless it sees somebody waiting. Were the store not sequentially consistent, the
  // processor could look before the new value is visible, while a thread goes to sleep on the old one, for
  // ever.
  void finish(std::uint32_t block, std::uint32_t round) {
    rounds_done_[block].store(round + 1, std::memory_order_seq_cst);
    rounds_done_[block].notify_all();
  }

 private:
  std::vector<std::atomic<std::uint32_t>> rounds_done_;
};

void move_edges_of_task(const ColouredEdges& edges, std::size_t task, MoveEdges move,
                        const EdgeEpoch& epoch) {
  const EdgeList list = {edges.heads.data(), edges.tails.data(), edges.rates.data()};
  for (std::size_t c = edges.tasks[task]; c < edges.tasks[task + 1]; ++c) {
    move(epoch, list, edges.colours[c], edges.colours[c + 1]);
  }
}

// All edges in one direction, then in the other. Tasks are handed out in order, so what a task waits for
// is done or in hand.
void move_all_edges(const ColouredEdges& edges, MoveEdges move, const EdgeEpoch& epoch, Turns& turns) {
  const std::size_t tasks = edges.pairs.size();
  const auto rounds = static_cast<std::uint32_t>(edges.rounds.size() - 1);
  const auto move_task = [&](std::size_t i) {
    EdgeEpoch current = epoch;
    current.reverse = i >= tasks;
    const std::size_t task = current.reverse ? i - tasks : i;
    const auto after = std::upper_bound(edges.rounds.begin(), edges.rounds.end(), task);
    const auto round =
        static_cast<std::uint32_t>(after - edges.rounds.begin() - 1) + (current.reverse ? rounds : 0);
    const auto [x, y] = edges.pairs[task];
    turns.wait_for(x, round);
    turns.wait_for(y, round);
    move_edges_of_task(edges, task, move, current);
    turns.finish(x, round);
    if (y != x) turns.finish(y, round);
  };
  turns.restart();
  // A single block leaves nothing to do side by side: a second thread would only wait.
  const std::size_t grain = tasks == 1 ? 2 : 1;
  parallel_for(2 * tasks, grain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) move_task(i);
  });
}

}  // namespace

Status optimise_layout(const ColouredEdges& edges, const LayoutOptions& options, MatrixF& positions,
                       Progress& progress) {
  MatrixF moving = with_padding(positions);
  MatrixF before(moving.rows(), moving.cols());
  const MoveEdges move = move_edges_function(positions.rows(), positions.cols());
  EdgeEpoch current = {.forces = {},
                       .epoch = 0,
                       .reverse = false,
                       .negatives_per_edge = options.negative_sample_rate,
                       .random_key = CounterRandom(options.seed, "umap negatives").key(),
                       .vertices = static_cast<std::uint32_t>(positions.rows()),
                       .dim = static_cast<std::uint32_t>(positions.cols()),
                       .before = before.data(),
                       .positions = moving.data()};
  Turns turns(edges.rounds[1]);
  for (; current.epoch < options.epochs; ++current.epoch) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"layout", current.epoch, options.epochs, "epochs"});
    current.forces = forces_in_epoch(options, current.epoch);
    copy_rows(moving, before);
    move_all_edges(edges, move, current, turns);
  }
  copy_without_padding(moving, positions);
  progress.report({"layout", options.epochs, options.epochs, "epochs"});
  return {};
}

}  // namespace clipcluster::umap
