#include "neighbors/partition/build_index.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "neighbors/checks.h"
#include "neighbors/partition/codes.h"
#include "neighbors/partition/index_parts.h"
#include "neighbors/rows.h"

namespace clipcluster {
namespace neighbors {
namespace {

// With fewer rows, an exact pass over all of them is about as fast.
constexpr std::size_t kFewestRows = 2000;
constexpr std::size_t kRowsForDirections = 4096;
constexpr std::size_t kSampleRowsPerCell = 48;
constexpr std::size_t kRowsAtOnce = 8192;
constexpr std::uint32_t kFewestInCell = 16;
// Squares of rows must stay far from the largest float.
constexpr float kMostHalfNorm = 1e36F;

std::size_t cell_count(std::size_t n) {
  const auto count = static_cast<std::size_t>(2.0 * std::sqrt(static_cast<double>(n)));
  return std::clamp<std::size_t>(count, 16, 8192);
}

bool all_moderate(const std::vector<float>& half_norms) {
  return std::all_of(half_norms.begin(), half_norms.end(), [](float half) { return half < kMostHalfNorm; });
}

// `count` of `rows`, one from each of as many equal shares.
std::vector<std::uint32_t> sample_of(const std::vector<std::uint32_t>& rows, std::size_t count,
                                     std::uint64_t seed, std::string_view purpose) {
  if (count >= rows.size()) return rows;
  const CounterRandom random(seed, purpose);
  std::vector<std::uint32_t> sample(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = rows.size() * i / count;
    const std::size_t share = rows.size() * (i + 1) / count - begin;
    sample[i] = rows[begin + random.below(static_cast<std::uint32_t>(share), i)];
  }
  return sample;
}

// Calls body(first, projected) for successive stretches of `rows`; stops when it returns false.
template <class Body>
bool for_projected(const Projection& projection, const ScaledRows& points,
                   const std::vector<std::uint32_t>& rows, Body&& body) {
  for (std::size_t first = 0; first < rows.size(); first += kRowsAtOnce) {
    const std::size_t end = std::min(rows.size(), first + kRowsAtOnce);
    const std::vector<std::uint32_t> stretch(rows.begin() + static_cast<std::ptrdiff_t>(first),
                                             rows.begin() + static_cast<std::ptrdiff_t>(end));
    if (!body(first, project_rows(projection, points, stretch))) return false;
  }
  return true;
}

struct Assignment {
  std::vector<std::uint32_t> cells;  // of each of `rows`
  std::vector<std::uint32_t> sizes;
};

class Builder {
 public:
  Builder(const ScaledRows& points, std::uint64_t seed, Progress& progress)
      : points_(points), seed_(seed), progress_(progress) {}

  // False when values are too large for squares.
  Result<bool> run(NeighborIndex::Parts& parts);

 private:
  Status assign(Assignment& assignment);
  void write_codes(const Assignment& assignment, CompactRows& compact);
  bool report(std::size_t pass, std::size_t done) {
    progress_.report({"neighbour index", pass * rows_.size() + done, 3 * rows_.size(), "rows"});
    return !progress_.cancelled();
  }

  ScaledRows points_;
  std::uint64_t seed_;
  Progress& progress_;
  std::vector<std::uint32_t> rows_;  // that are not zero vectors
  Projection projection_;
  CellCentres centres_;
  MatrixF unpacked_centres_;
  bool moderate_ = true;
};

Status Builder::assign(Assignment& assignment) {
  assignment.cells.resize(rows_.size());
  assignment.sizes.assign(centres_.padded(), 0);
  const auto assign_some = [&](std::size_t first, const ProjectedRows& projected) {
    moderate_ = moderate_ && all_moderate(projected.half_norms);
    const std::vector<std::uint32_t> nearest = nearest_cells(centres_, projected.rows);
    std::copy(nearest.begin(), nearest.end(),
              assignment.cells.begin() + static_cast<std::ptrdiff_t>(first));
    for (const std::uint32_t cell : nearest) ++assignment.sizes[cell];
    return report(1, first);
  };
  return for_projected(projection_, points_, rows_, assign_some) ? Status() : Status::cancelled();
}

// Where each row goes: slots are numbered through all panels, ascending rows within a cell.
std::vector<std::size_t> slots_of(const Assignment& assignment, const MatrixI& cell_panels) {
  std::vector<std::size_t> next(cell_panels.cols());
  for (std::size_t c = 0; c < next.size(); ++c) {
    next[c] = static_cast<std::size_t>(cell_panels(0, c)) * kCodeRows;
  }
  std::vector<std::size_t> slots(assignment.cells.size());
  for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = next[assignment.cells[i]]++;
  return slots;
}

void Builder::write_codes(const Assignment& assignment, CompactRows& compact) {
  const std::size_t cells = unpacked_centres_.rows();
  MatrixI cell_panels(1, cells + 1);
  for (std::size_t c = 0; c < cells; ++c) {
    const std::size_t panels = (assignment.sizes[c] + kCodeRows - 1) / kCodeRows;
    cell_panels(0, c + 1) = cell_panels(0, c) + static_cast<std::int32_t>(panels);
  }
  const auto panels = static_cast<std::size_t>(cell_panels(0, cells));
  Matrix<std::uint8_t> codes(panels, kCodeRows * projection_.size());
  MatrixF scales(panels, kCodeRows);
  MatrixF half_norms(panels, kCodeRows);
  MatrixI numbers(panels, kCodeRows);
  std::fill_n(half_norms.data(), half_norms.size(), std::numeric_limits<float>::infinity());
  std::fill_n(numbers.data(), numbers.size(), -1);
  const std::vector<std::size_t> slots = slots_of(assignment, cell_panels);
  for_projected(projection_, points_, rows_, [&](std::size_t first, const ProjectedRows& projected) {
    parallel_for(projected.rows.rows(), 256, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const std::size_t slot = slots[first + i];
        auto* panel = reinterpret_cast<std::int8_t*>(codes.row(slot / kCodeRows));
        scales.data()[slot] =
            encode_row(projected.rows.row(i), projection_.size(), slot % kCodeRows, panel);
        half_norms.data()[slot] = projected.half_norms[i];
        numbers.data()[slot] = static_cast<std::int32_t>(rows_[first + i]);
      }
    });
    return report(2, first);
  });
  compact = {std::move(cell_panels), std::move(codes), std::move(scales), std::move(half_norms),
             std::move(numbers)};
}

Result<bool> Builder::run(NeighborIndex::Parts& parts) {
  std::vector<std::int32_t> zero_rows;
  for (std::size_t i = 0; i < points_.scales.size(); ++i) {
    if (points_.scales[i] == 0.0F) {
      zero_rows.push_back(static_cast<std::int32_t>(i));
    } else {
      rows_.push_back(static_cast<std::uint32_t>(i));
    }
  }
  if (rows_.size() < kFewestRows) return false;
  if (!report(0, 0)) return Status::cancelled();
  projection_ =
      fit_projection(points_, sample_of(rows_, kRowsForDirections, seed_, "neighbour index sample"), seed_);
  const std::size_t cells = cell_count(rows_.size());
  const ProjectedRows sample =
      project_rows(projection_, points_,
                   sample_of(rows_, cells * kSampleRowsPerCell, seed_, "neighbour index training"));
  if (!all_moderate(sample.half_norms)) return false;
  unpacked_centres_ = train_cells(sample.rows, cells, seed_);
  centres_ = pack_centres(unpacked_centres_);
  Assignment assignment;
  CLIPCLUSTER_RETURN_IF_ERROR(assign(assignment));
  if (!moderate_) return false;
  unpacked_centres_ = without_small_cells(unpacked_centres_, assignment.sizes, kFewestInCell);
  if (unpacked_centres_.rows() < cells) {
    centres_ = pack_centres(unpacked_centres_);
    CLIPCLUSTER_RETURN_IF_ERROR(assign(assignment));
  }
  write_codes(assignment, parts.compact);
  if (progress_.cancelled()) return Status::cancelled();
  MatrixI zeros(1, zero_rows.size());
  std::copy(zero_rows.begin(), zero_rows.end(), zeros.data());
  parts.zero_rows = std::move(zeros);
  parts.projection = std::move(projection_);
  parts.centres = std::move(centres_);
  progress_.report({"neighbour index", 3 * rows_.size(), 3 * rows_.size(), "rows"});
  return true;
}

}  // namespace

Result<bool> build_parts(const ScaledRows& points, std::uint64_t seed, Progress& progress,
                         NeighborIndex::Parts& parts) {
  Builder builder(points, seed, progress);
  CLIPCLUSTER_ASSIGN_OR_RETURN(parts.has_cells, builder.run(parts));
  return parts.has_cells;
}

namespace {

Result<NeighborIndex> build(SharedMatrix<float> points, Metric metric, const NeighborIndexOptions& options,
                            Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(check_search(points, {1, metric}));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<float> scales, row_scales(points, metric, "points"));
  auto parts = std::make_shared<NeighborIndex::Parts>();
  CLIPCLUSTER_ASSIGN_OR_RETURN(const bool built,
                               build_parts({points, scales}, options.seed, progress, *parts));
  static_cast<void>(built);  // few rows are served without
  parts->points = std::move(points);
  parts->metric = metric;
  return NeighborIndex(std::move(parts));
}

}  // namespace
}  // namespace neighbors

Result<NeighborIndex> build_neighbor_index(SharedMatrix<float> points, Metric metric,
                                           const NeighborIndexOptions& options, Progress& progress) {
  try {
    return neighbors::build(std::move(points), metric, options, progress);
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("there is not enough memory for the neighbour index");
  }
}

}  // namespace clipcluster
