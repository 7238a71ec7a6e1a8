#include "duplicates/candidates.h"

#include <algorithm>
#include <cstddef>

#include "clipcluster/neighbors.h"
#include "clipcluster/parallel.h"

namespace clipcluster::internal {
namespace {

constexpr int kSide = PictureSquare::side;
constexpr int kSignatureSide = 8;
constexpr std::size_t kSignatureSize = kSignatureSide * kSignatureSide;
// Copies lie nearer than this by one of the two measures; what lies farther is not worth comparing.
constexpr float kFarthestEmbedding = 0.4F;
constexpr float kFarthestSignature = 0.4F;

// Sums over an 8 x 8 grid without their mean: the perceptual hash, kept as numbers since the neighbour
// search wants rows.
void write_signature(const PictureSquare& square, float* row) {
  constexpr int kCell = kSide / kSignatureSide;
  std::fill(row, row + kSignatureSize, 0.0F);
  float sum = 0.0F;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const float value = square.grey[static_cast<std::size_t>(y * kSide + x)];
      row[y / kCell * kSignatureSide + x / kCell] += value;
      sum += value;
    }
  }
  for (std::size_t i = 0; i < kSignatureSize; ++i) row[i] -= sum / static_cast<float>(kSignatureSize);
}

MatrixF signatures(std::span<const PictureSquare> squares) {
  MatrixF rows(squares.size(), kSignatureSize);
  parallel_for(squares.size(), 256, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) write_signature(squares[i], rows.view().row(i));
  });
  return rows;
}

Status add_neighbors(MatrixView<const float> rows, int count, float farthest, CandidateLists& lists,
                     Progress& progress) {
  NeighborOptions options;
  options.k = count + 1;  // with the row itself
  options.metric = Metric::cosine;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborLists found, nearest_neighbors(rows, options, progress));
  for (std::size_t i = 0; i < found.indices.rows(); ++i) {
    for (std::size_t j = 0; j < found.indices.cols(); ++j) {
      const auto other = static_cast<std::uint32_t>(found.indices.view().row(i)[j]);
      if (other == i || !(found.distances.view().row(i)[j] <= farthest)) continue;
      lists[i].push_back(other);
      lists[other].push_back(static_cast<std::uint32_t>(i));
    }
  }
  return {};
}

void sort_lists(CandidateLists& lists) {
  parallel_for(lists.size(), 256, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      std::sort(lists[i].begin(), lists[i].end());
      lists[i].erase(std::unique(lists[i].begin(), lists[i].end()), lists[i].end());
    }
  });
}

}  // namespace

Result<CandidateLists> find_candidates(MatrixView<const float> embeddings,
                                       std::span<const PictureSquare> squares, int candidates,
                                       Progress& progress) {
  CandidateLists lists(squares.size());
  CLIPCLUSTER_RETURN_IF_ERROR(add_neighbors(embeddings, candidates, kFarthestEmbedding, lists, progress));
  CLIPCLUSTER_RETURN_IF_ERROR(
      add_neighbors(signatures(squares), candidates, kFarthestSignature, lists, progress));
  sort_lists(lists);
  return lists;
}

}  // namespace clipcluster::internal
