// membership_vectors and top_memberships: blocks of rows, whose clusters and exemplars are looked up
// in the model's index.
#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <numeric>

#include "clipcluster/parallel.h"
#include "cluster/hdbscan/finite_rows.h"
#include "cluster/hdbscan/membership.h"
#include "cluster/hdbscan/placed_points.h"
#include "cluster/hdbscan/prediction_index.h"

namespace clipcluster {
namespace {

using hdbscan::PlaceInTree;

// Rows worked on at a time, and by one thread.
constexpr std::size_t kRowsPerBlock = 4096;
constexpr std::size_t kRowsPerChunk = 256;

class MembershipRows {
 public:
  // points: of the model itself where `place_of_row` reads the fit, else new ones.
  MembershipRows(const HdbscanModel& model, MatrixView<const double> points, bool fitted)
      : model_(model), index_(*model.index), points_(points), fitted_(fitted) {
    hdbscan::membership_data(model_, index_);
  }

  Status run(const MembershipSink& sink, Progress& progress) const {
    const std::size_t clusters = model_.cluster_ids.size();
    Matrix<double> block(std::min(kRowsPerBlock, points_.rows()), clusters);
    progress.report({"memberships", 0, points_.rows(), "rows", 0});
    for (std::size_t begin = 0; begin < points_.rows(); begin += kRowsPerBlock) {
      if (progress.cancelled()) return Status::cancelled();
      const std::size_t end = std::min(points_.rows(), begin + kRowsPerBlock);
      std::fill_n(block.data(), block.size(), 0.0);
      if (clusters > 0 && index_.tree.size() > 0) fill(begin, end, block);
      CLIPCLUSTER_RETURN_IF_ERROR(
          sink(begin, MatrixView<const double>(block.data(), end - begin, clusters)));
      progress.report({"memberships", end, points_.rows(), "rows", 0});
    }
    return {};
  }

 private:
  void fill(std::size_t begin, std::size_t end, Matrix<double>& block) const {
    parallel_for(end - begin, kRowsPerChunk,
                 [&](std::size_t first, std::size_t last) { fill_chunk(begin, first, last, block); });
  }

  void fill_chunk(std::size_t begin, std::size_t first, std::size_t last, Matrix<double>& block) const {
    const std::size_t dims = index_.tree.dims();
    Matrix<double> placed(last - first, dims);
    std::vector<PlaceInTree> places(last - first);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < last - first; ++i) {
      if (!place(begin + first + i, placed.row(i))) continue;
      places[i] = place_in_tree(begin + first + i, placed.row(i));
      order.push_back(i);
    }
    // Rows with the same parent share what is worked out from it.
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return places[a].parent < places[b].parent; });
    std::vector<double> tops;
    std::vector<double> joins;
    std::int32_t parent = -1;
    for (const std::size_t i : order) {
      if (places[i].parent != parent) {
        parent = places[i].parent;
        hdbscan::joining_lambdas(index_.clusters, index_.selected, parent, tops, joins);
      }
      hdbscan::membership_of(model_, placed.row(i), places[i], joins, block.row(first + i));
    }
  }

  bool place(std::size_t row, double* out) const {
    hdbscan::place_point(model_.options.metric, points_.row(row), points_.cols(), out);
    for (std::size_t d = 0; d < index_.tree.dims(); ++d) out[d] *= index_.tree.scale();
    return hdbscan::is_finite_row(out, index_.tree.dims());
  }
  PlaceInTree place_in_tree(std::size_t row, const double* placed) const {
    if (!fitted_) return hdbscan::place_consistent(model_, index_, placed);
    return {index_.parent[row], index_.lambda[row], model_.labels[row], model_.probabilities[row]};
  }

  const HdbscanModel& model_;
  const HdbscanPredictionIndex& index_;
  MatrixView<const double> points_;
  bool fitted_;
};

Status run(const HdbscanModel& model, MatrixView<const double> points, bool fitted,
           const MembershipSink& sink, Progress& progress) {
  if (points.rows() > 0 && points.cols() != model.points.cols()) {
    return Status::invalid_argument(fmt::format(
        "the new points have {} columns, the model was fitted on {}", points.cols(), model.points.cols()));
  }
  try {
    if (model.index) return MembershipRows(model, points, fitted).run(sink, progress);
    HdbscanModel indexed = model;
    indexed.index = hdbscan::build_prediction_index(model, {});
    return MembershipRows(indexed, points, fitted).run(sink, progress);
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("there is not enough memory for membership vectors");
  }
}

// The `few` largest of a row, largest first; of equal ones the smaller label.
void take_top(const double* row, std::size_t clusters, std::int32_t* labels, double* values,
              std::size_t few) {
  std::vector<std::int32_t> order(clusters);
  std::iota(order.begin(), order.end(), 0);
  const auto kept = static_cast<std::ptrdiff_t>(std::min(few, clusters));
  std::partial_sort(order.begin(), order.begin() + kept, order.end(), [&](std::int32_t a, std::int32_t b) {
    return row[a] > row[b] || (row[a] == row[b] && a < b);
  });
  for (std::size_t i = 0; i < few; ++i) {
    const bool any = i < clusters && row[order[i]] > 0.0;
    labels[i] = any ? order[i] : -1;
    values[i] = any ? row[order[i]] : 0.0;
  }
}

Result<TopMemberships> top(const HdbscanModel& model, MatrixView<const double> points, bool fitted, int few,
                           Progress& progress) {
  if (few < 1) {
    return Status::invalid_argument(fmt::format("{} memberships a point were asked for; at least 1", few));
  }
  const auto kept = static_cast<std::size_t>(few);
  TopMemberships result{MatrixI(points.rows(), kept), Matrix<double>(points.rows(), kept)};
  CLIPCLUSTER_RETURN_IF_ERROR(run(
      model, points, fitted,
      [&](std::size_t first, MatrixView<const double> block) {
        parallel_for(block.rows(), kRowsPerChunk, [&](std::size_t begin, std::size_t end) {
          for (std::size_t i = begin; i < end; ++i) {
            take_top(block.row(i), block.cols(), result.labels.row(first + i), result.values.row(first + i),
                     kept);
          }
        });
        return Status();
      },
      progress));
  return result;
}

}  // namespace

Status membership_vectors(const HdbscanModel& model, const MembershipSink& sink, Progress& progress) {
  return run(model, model.points, true, sink, progress);
}

Status membership_vectors(const HdbscanModel& model, MatrixView<const double> points,
                          const MembershipSink& sink, Progress& progress) {
  return run(model, points, false, sink, progress);
}

Result<TopMemberships> top_memberships(const HdbscanModel& model, int few, Progress& progress) {
  return top(model, model.points, true, few, progress);
}

Result<TopMemberships> top_memberships(const HdbscanModel& model, MatrixView<const double> points, int few,
                                       Progress& progress) {
  return top(model, points, false, few, progress);
}

}  // namespace clipcluster
