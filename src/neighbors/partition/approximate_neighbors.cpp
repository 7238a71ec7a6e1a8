#include "neighbors/partition/approximate_neighbors.h"

#include <algorithm>
#include <utility>

#include "clipcluster/parallel.h"
#include "neighbors/partition/build_index.h"
#include "neighbors/partition/refine.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kPanelsPerTask = 4;
constexpr std::size_t kTasksPerReport = 512;
constexpr std::uint64_t kSeed = 42;

struct Task {
  std::size_t cell;
  std::size_t first_panel;
  std::size_t end_panel;
};

std::vector<Task> tasks_of(const CompactRows& compact) {
  std::vector<Task> tasks;
  for (std::size_t cell = 0; cell + 1 < compact.cell_panels.cols(); ++cell) {
    const auto end = static_cast<std::size_t>(compact.cell_panels.data()[cell + 1]);
    for (auto panel = static_cast<std::size_t>(compact.cell_panels.data()[cell]); panel < end;) {
      const std::size_t stop = std::min(end, panel + kPanelsPerTask);
      tasks.push_back({cell, panel, stop});
      panel = stop;
    }
  }
  return tasks;
}

Status search_cells(const NeighborIndex::Parts& parts, const ScaledRows& points, CellSearchEffort effort,
                    NeighborLists& lists, Progress& progress) {
  const std::vector<Task> tasks = tasks_of(parts.compact);
  for (std::size_t first = 0; first < tasks.size(); first += kTasksPerReport) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report(
        {"neighbours", points.rows.rows() * first / (2 * tasks.size()), points.rows.rows(), "rows"});
    const std::size_t count = std::min(kTasksPerReport, tasks.size() - first);
    parallel_for(count, 4, [&](std::size_t begin, std::size_t end) {
      CellSearch search(parts, points, effort);
      for (std::size_t i = begin; i < end; ++i) {
        const Task& task = tasks[first + i];
        search.run(task.cell, task.first_panel, task.end_panel, lists);
      }
    });
  }
  return {};
}

std::vector<std::int32_t> rows_by_cell(const CompactRows& compact) {
  std::vector<std::int32_t> rows;
  for (std::size_t slot = 0; slot < compact.numbers.rows() * compact.numbers.cols(); ++slot) {
    if (compact.numbers.data()[slot] >= 0) rows.push_back(compact.numbers.data()[slot]);
  }
  return rows;
}

// Zero vectors are at distance 0 from one another and at 1 from everything else: numbers decide.
void write_zero_row(std::int32_t row, const SharedMatrix<std::int32_t>& zero_rows,
                    const std::vector<float>& scales, NeighborLists& lists) {
  const std::size_t k = lists.indices.cols();
  const auto i = static_cast<std::size_t>(row);
  std::size_t count = 1;
  for (std::size_t z = 0; z < zero_rows.cols() && count < k; ++z) {
    if (zero_rows.data()[z] == row) continue;
    lists.indices(i, count) = zero_rows.data()[z];
    lists.distances(i, count++) = 0.0F;
  }
  for (std::size_t other = 0; count < k; ++other) {
    if (scales[other] == 0.0F) continue;
    lists.indices(i, count) = static_cast<std::int32_t>(other);
    lists.distances(i, count++) = 1.0F;
  }
}

// False when a row has too few.
bool copy_lists(const NeighborLists& from, const std::vector<std::int32_t>& rows, NeighborLists& to) {
  const std::size_t others = to.indices.cols() - 1;
  for (const std::int32_t row : rows) {
    const auto i = static_cast<std::size_t>(row);
    if (from.indices(i, others - 1) < 0) return false;
    std::copy_n(from.indices.row(i), others, to.indices.row(i) + 1);
    std::copy_n(from.distances.row(i), others, to.distances.row(i) + 1);
  }
  return true;
}

}  // namespace

// An eighth of the rows, up to a number that keeps the time linear beyond a million.
ApproximateEffort usual_approximate_effort(std::size_t points, std::size_t k) {
  const std::size_t list = std::max<std::size_t>(k - 1, 20);
  const std::size_t rows = std::clamp<std::size_t>(points / 8, 16'384, 131'072);
  return {{std::max(rows, 32 * k), 2 * list}, list, 10, 1};
}

Result<ApproximateOutcome> search_by_cells(const ScaledRows& points, Metric metric,
                                           const ApproximateEffort& effort, NeighborLists& lists,
                                           Progress& progress) {
  const std::size_t n = points.rows.rows();
  NeighborIndex::Parts parts;
  parts.metric = metric;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const bool built, build_parts(points, kSeed, Progress::none(), parts));
  if (!built || effort.list > n / 16) return ApproximateOutcome::not_served;
  NeighborLists found{MatrixI(n, effort.list), MatrixF(n, effort.list)};
  CLIPCLUSTER_RETURN_IF_ERROR(search_cells(parts, points, effort.cells, found, progress));
  const std::vector<std::int32_t> rows = rows_by_cell(parts.compact);
  for (int pass = 0; pass < effort.passes; ++pass) {
    if (progress.cancelled()) return Status::cancelled();
    const auto done = static_cast<std::size_t>(pass);
    const auto passes = static_cast<std::size_t>(effort.passes);
    progress.report({"neighbours", n / 2 + n / 2 * done / passes, n, "rows"});
    found = refine(points, metric, found, effort.width, rows);
  }
  if (!copy_lists(found, rows, lists)) return ApproximateOutcome::not_served;
  for (std::size_t z = 0; z < parts.zero_rows.cols(); ++z) {
    write_zero_row(parts.zero_rows.data()[z], parts.zero_rows, points.scales, lists);
  }
  return ApproximateOutcome::done;
}

}  // namespace clipcluster::neighbors
