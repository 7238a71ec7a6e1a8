// Which picture is a copy of which.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include "clipcluster/duplicates.h"
#include "clipcluster/memory.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/parallel.h"
#include "duplicates/candidates.h"
#include "duplicates/compare.h"

namespace clipcluster {
namespace {

using internal::CandidateLists;

// For each row, those that it agrees with. Each pair was compared once, the preferred row being the first
// picture.
struct Copy {
  std::uint32_t row = 0;
  float agreement = 0.0F;
};
using CopyLists = std::vector<std::vector<Copy>>;

// Progress is told from a thread of its own choosing, in pieces of this many rows.
constexpr std::size_t kRowsAtOnce = 2048;

float copy_agreement(const PictureAgreement& found, const DuplicateOptions& options) {
  const bool copy = found.agreement >= options.agreement && found.overlap >= options.overlap;
  return copy ? static_cast<float>(found.agreement) : 0.0F;
}

std::vector<Copy> copies_of(std::uint32_t row, const std::vector<std::uint32_t>& candidates,
                            std::span<const PictureSquare> squares, std::span<const std::uint32_t> rank,
                            const DuplicateOptions& options) {
  std::vector<Copy> copies;
  std::optional<internal::Template> own;
  for (const std::uint32_t other : candidates) {
    if (rank[other] < rank[row]) continue;
    if (!own) own = internal::make_template(squares[row]);
    const auto found = internal::compare_with_template(*own, squares[other]);
    if (const float agreement = copy_agreement(found, options)) copies.push_back({other, agreement});
  }
  return copies;
}

Result<CopyLists> compare_candidates(const CandidateLists& candidates,
                                     std::span<const PictureSquare> squares,
                                     std::span<const std::uint32_t> rank, const DuplicateOptions& options,
                                     Progress& progress) {
  CopyLists copies(squares.size());
  for (std::size_t first = 0; first < squares.size(); first += kRowsAtOnce) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"comparing pictures", first, squares.size(), "images", 0});
    parallel_for(std::min(kRowsAtOnce, squares.size() - first), 8, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = first + begin; i < first + end; ++i) {
        copies[i] = copies_of(static_cast<std::uint32_t>(i), candidates[i], squares, rank, options);
      }
    });
  }
  progress.report({"comparing pictures", squares.size(), squares.size(), "images", 0});
  return copies;
}

void make_symmetric(CopyLists& copies) {
  const CopyLists forward = copies;
  for (std::size_t i = 0; i < forward.size(); ++i) {
    for (const Copy& copy : forward[i]) {
      copies[copy.row].push_back({static_cast<std::uint32_t>(i), copy.agreement});
    }
  }
}

// Takes the copies of one kept row: its own, and copies of those that agree with it as well.
class Group {
 public:
  Group(std::uint32_t kept, const CopyLists& copies, std::span<const PictureSquare> squares,
        std::span<const std::uint32_t> rank, const DuplicateOptions& options, NearDuplicates& result)
      : kept_(kept), copies_(copies), squares_(squares), rank_(rank), options_(options), result_(result) {}

  void take_all() {
    for (const Copy& copy : copies_[kept_]) take(copy.row, copy.agreement);
    while (!taken_.empty()) {
      const std::uint32_t row = taken_.front();
      taken_.pop_front();
      for (const Copy& copy : copies_[row]) consider(copy.row);
    }
  }

 private:
  bool open(std::uint32_t row) const { return result_.kept[row] == row && rank_[row] > rank_[kept_]; }

  void take(std::uint32_t row, float agreement) {
    if (!open(row)) return;
    result_.kept[row] = kept_;
    result_.agreement[row] = agreement;
    taken_.push_back(row);
  }

  void consider(std::uint32_t row) {
    if (!open(row) || !seen_.emplace(row, true).second) return;
    const PictureAgreement found = compare_pictures(squares_[kept_], squares_[row]);
    if (const float agreement = copy_agreement(found, options_)) take(row, agreement);
  }

  std::uint32_t kept_;
  const CopyLists& copies_;
  std::span<const PictureSquare> squares_;
  std::span<const std::uint32_t> rank_;
  const DuplicateOptions& options_;
  NearDuplicates& result_;
  std::deque<std::uint32_t> taken_;
  std::unordered_map<std::uint32_t, bool> seen_;
};

Result<std::vector<std::uint32_t>> ranks(std::span<const std::uint32_t> order) {
  constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> rank(order.size(), kNone);
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] >= order.size() || rank[order[i]] != kNone) {
      return Status::invalid_argument(
          fmt::format("the order names row {} at place {}; it must name each of {} rows once", order[i], i,
                      order.size()));
    }
    rank[order[i]] = static_cast<std::uint32_t>(i);
  }
  return rank;
}

}  // namespace

Status check_duplicate_options(const DuplicateOptions& options) {
  if (!(options.agreement >= 0.5 && options.agreement <= 1.0)) {
    return Status::invalid_argument(
        fmt::format("agreement is {}; it must lie between 0.5 and 1", options.agreement));
  }
  if (!(options.overlap >= 0.0 && options.overlap <= 1.0)) {
    return Status::invalid_argument(
        fmt::format("overlap is {}; it must lie between 0 and 1", options.overlap));
  }
  if (options.candidates < 1 || options.candidates > 1000) {
    return Status::invalid_argument(
        fmt::format("candidates is {}; it must lie between 1 and 1000", options.candidates));
  }
  return {};
}

std::uint64_t near_duplicates_memory(std::uint64_t n, std::uint64_t d, const DuplicateOptions& options) {
  NeighborOptions neighbors;
  neighbors.k = options.candidates + 1;
  const std::uint64_t lists =
      n * 6 * static_cast<std::uint64_t>(options.candidates) * sizeof(std::uint32_t);
  return nearest_neighbors_memory(n, d, neighbors) + lists + n * 64 * sizeof(float);
}

Result<NearDuplicates> find_near_duplicates(MatrixView<const float> embeddings,
                                            std::span<const PictureSquare> squares,
                                            std::span<const std::uint32_t> order,
                                            const DuplicateOptions& options, Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(check_duplicate_options(options));
  if (embeddings.rows() != squares.size() || order.size() != squares.size()) {
    return Status::invalid_argument(fmt::format("{} embeddings, {} pictures and an order of {} rows",
                                                embeddings.rows(), squares.size(), order.size()));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<std::uint32_t> rank, ranks(order));
  NearDuplicates result;
  result.kept.resize(squares.size());
  result.agreement.assign(squares.size(), 1.0F);
  for (std::size_t i = 0; i < squares.size(); ++i) result.kept[i] = static_cast<std::uint32_t>(i);
  if (squares.size() < 2) return result;
  CLIPCLUSTER_RETURN_IF_ERROR(require_memory(
      "finding near-duplicates", near_duplicates_memory(squares.size(), embeddings.cols(), options)));
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      const CandidateLists candidates,
      internal::find_candidates(embeddings, squares, options.candidates, progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(CopyLists copies,
                               compare_candidates(candidates, squares, rank, options, progress));
  make_symmetric(copies);
  for (const std::uint32_t row : order) {
    if (result.kept[row] != row) continue;
    Group(row, copies, squares, rank, options, result).take_all();
  }
  return result;
}

}  // namespace clipcluster
