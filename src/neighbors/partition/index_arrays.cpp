// An index as arrays with names, and back.
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "neighbors/partition/index_parts.h"

namespace clipcluster {
namespace {

constexpr const char* kKind = "neighbors";
constexpr int kVersion = 1;

template <class Visit>
Status visit_arrays(NeighborIndex::Parts& parts, Visit&& visit) {
  CLIPCLUSTER_RETURN_IF_ERROR(visit("centre", parts.projection.centre));
  CLIPCLUSTER_RETURN_IF_ERROR(visit("directions", parts.projection.panels));
  CLIPCLUSTER_RETURN_IF_ERROR(visit("cell_centres", parts.centres.panels));
  CLIPCLUSTER_RETURN_IF_ERROR(visit("cell_half_norms", parts.centres.half_norms));
  CLIPCLUSTER_RETURN_IF_ERROR(visit("cell_panels", parts.compact.cell_panels));
  CLIPCLUSTER_RETURN_IF_ERROR(visit("codes", parts.compact.codes));
  CLIPCLUSTER_RETURN_IF_ERROR(visit("code_scales", parts.compact.scales));
  CLIPCLUSTER_RETURN_IF_ERROR(visit("half_norms", parts.compact.half_norms));
  CLIPCLUSTER_RETURN_IF_ERROR(visit("row_numbers", parts.compact.numbers));
  return visit("zero_rows", parts.zero_rows);
}

Status mismatch(const std::string& what) {
  return Status::corrupt(
      fmt::format("the neighbour index does not belong to these points ({}); build it again", what));
}

// Whether every row number is one of the points', and padding cannot be taken for a row.
bool numbers_fit(const NeighborIndex::Parts& parts) {
  const auto n = static_cast<std::int64_t>(parts.points.rows());
  const neighbors::CompactRows& compact = parts.compact;
  const std::size_t count = compact.numbers.rows() * compact.numbers.cols();
  for (std::size_t slot = 0; slot < count; ++slot) {
    const std::int32_t number = compact.numbers.data()[slot];
    const bool padding = std::isinf(compact.half_norms.data()[slot]);
    if (number >= n || number < -1 || padding != (number == -1)) return false;
  }
  for (std::size_t z = 0; z < parts.zero_rows.cols(); ++z) {
    if (parts.zero_rows.data()[z] < 0 || parts.zero_rows.data()[z] >= n) return false;
  }
  return parts.zero_rows.rows() <= 1;
}

// Everything that a search relies on, so that a damaged file cannot lead it outside the arrays.
Status check(const NeighborIndex::Parts& parts) {
  const neighbors::CompactRows& compact = parts.compact;
  const std::size_t size = parts.projection.size();
  const std::size_t d = parts.points.cols();
  const std::size_t panels = compact.codes.rows();
  if (parts.projection.centre.rows() != 1 || parts.projection.centre.cols() != d ||
      parts.projection.panels.cols() != 16 * d || size == 0)
    return mismatch("columns");
  const std::size_t padded = parts.centres.half_norms.cols();
  if (parts.centres.half_norms.rows() != 1 || parts.centres.panels.rows() * 16 != padded ||
      parts.centres.panels.cols() != 16 * size)
    return mismatch("cell centres");
  const auto is_per_row = [&](std::size_t rows, std::size_t cols) { return rows == panels && cols == 16; };
  if (compact.codes.cols() != 16 * size || !is_per_row(compact.scales.rows(), compact.scales.cols()) ||
      !is_per_row(compact.half_norms.rows(), compact.half_norms.cols()) ||
      !is_per_row(compact.numbers.rows(), compact.numbers.cols()))
    return mismatch("codes");
  const SharedMatrix<std::int32_t>& cells = compact.cell_panels;
  if (cells.rows() != 1 || cells.cols() < 2 || cells.cols() - 1 > padded || cells.data()[0] != 0 ||
      static_cast<std::size_t>(cells.data()[cells.cols() - 1]) != panels)
    return mismatch("cells");
  for (std::size_t c = 1; c < cells.cols(); ++c) {
    if (cells.data()[c] < cells.data()[c - 1]) return mismatch("cells");
  }
  return numbers_fit(parts) ? Status() : mismatch("row numbers");
}

}  // namespace

const SharedMatrix<float>& NeighborIndex::points() const { return parts_->points; }
Metric NeighborIndex::metric() const { return parts_->metric; }
bool NeighborIndex::has_cells() const { return parts_->has_cells; }

std::uint64_t NeighborIndex::bytes() const {
  std::uint64_t bytes = 0;
  const NamedArrays arrays = to_arrays();
  for (const auto& [name, array] : arrays.arrays()) {
    bytes += array.rows * array.cols * element_size(array.type);
  }
  return bytes;
}

NamedArrays NeighborIndex::to_arrays() const {
  NamedArrays arrays(kKind, kVersion);
  arrays.set_text("metric", metric_name(parts_->metric));
  arrays.set_text("rows", fmt::format("{}", parts_->points.rows()));
  arrays.set_text("columns", fmt::format("{}", parts_->points.cols()));
  if (!parts_->has_cells) return arrays;
  Parts copy = *parts_;
  static_cast<void>(visit_arrays(copy, [&](const char* name, const auto& matrix) {
    arrays.add(name, matrix);
    return Status();
  }));
  return arrays;
}

Result<NeighborIndex> NeighborIndex::from_arrays(const NamedArrays& arrays, SharedMatrix<float> points) {
  if (arrays.kind() != kKind) {
    return Status::corrupt(
        fmt::format("a neighbour index was expected, but this is a '{}' model", arrays.kind()));
  }
  if (arrays.version() != kVersion) {
    return Status::unsupported(fmt::format(
        "the neighbour index has layout version {}, and this program reads version {}; build it "
        "again or use the program that wrote it",
        arrays.version(), kVersion));
  }
  auto parts = std::make_shared<Parts>();
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string metric, arrays.text("metric"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(parts->metric, parse_metric(metric));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string rows, arrays.text("rows"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string columns, arrays.text("columns"));
  if (rows != fmt::format("{}", points.rows()) || columns != fmt::format("{}", points.cols())) {
    return mismatch(fmt::format("it was built of {} x {} numbers, and they are {} x {}", rows, columns,
                                points.rows(), points.cols()));
  }
  parts->points = std::move(points);
  parts->has_cells = arrays.has("codes");
  if (!parts->has_cells) return NeighborIndex(std::move(parts));
  const auto read = [&]<class T>(const char* name, SharedMatrix<T>& matrix) -> Status {
    CLIPCLUSTER_ASSIGN_OR_RETURN(matrix, arrays.matrix<T>(name));
    return {};
  };
  CLIPCLUSTER_RETURN_IF_ERROR(visit_arrays(*parts, read));
  CLIPCLUSTER_RETURN_IF_ERROR(check(*parts));
  return NeighborIndex(std::move(parts));
}

}  // namespace clipcluster
