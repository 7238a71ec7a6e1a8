#include "reduce/umap/layout.h"

#include <algorithm>
#include <utility>

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

void move_all_edges(const ColouredEdges& edges, MoveEdges move, const EdgeEpoch& epoch) {
  const EdgeList list = {edges.heads.data(), edges.tails.data(), edges.rates.data()};
  for (std::size_t round = 0; round + 1 < edges.rounds.size(); ++round) {
    const std::size_t first = edges.rounds[round];
    parallel_for(edges.rounds[round + 1] - first, 1, [&](std::size_t task, std::size_t) {
      for (std::size_t c = edges.tasks[first + task]; c < edges.tasks[first + task + 1]; ++c) {
        move(epoch, list, edges.colours[c], edges.colours[c + 1]);
      }
    });
  }
}

}  // namespace

Status optimise_layout(const ColouredEdges& edges, const LayoutOptions& options, MatrixF& positions,
                       Progress& progress) {
  MatrixF moving = with_padding(positions);
  MatrixF before(moving.rows(), moving.cols());
  const MoveEdges move = move_edges_function(positions.rows(), positions.cols());
  EdgeEpoch current = {.forces = {},
                       .epoch = 0,
                       .negatives_per_edge = options.negative_sample_rate,
                       .random_key = CounterRandom(options.seed, "umap negatives").key(),
                       .vertices = static_cast<std::uint32_t>(positions.rows()),
                       .dim = static_cast<std::uint32_t>(positions.cols()),
                       .before = before.data(),
                       .positions = moving.data()};
  for (; current.epoch < options.epochs; ++current.epoch) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"layout", current.epoch, options.epochs, "epochs"});
    current.forces = forces_in_epoch(options, current.epoch);
    copy_rows(moving, before);
    move_all_edges(edges, move, current);
  }
  copy_without_padding(moving, positions);
  progress.report({"layout", options.epochs, options.epochs, "epochs"});
  return {};
}

}  // namespace clipcluster::umap
