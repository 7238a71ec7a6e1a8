// Near-duplicates against the number of pictures: duplicates_bench [n ...]
//
// CLIP-like embeddings and mosaics of random blocks; every tenth picture is a copy of the one before it, a
// little changed. Prints seconds, microseconds a picture, and how many of the copies were found.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "clip_like.h"
#include "clipcluster/duplicates.h"
#include "clipcluster/random.h"

namespace {

using namespace clipcluster;

constexpr std::size_t kDimensions = 512;
constexpr std::size_t kCopyEvery = 10;

bool is_copy(std::size_t row) { return row % kCopyEvery == kCopyEvery - 1; }

// `change` is added to all grey values: a brighter copy.
PictureSquare mosaic(std::size_t number, std::uint8_t change) {
  const CounterRandom random(number, "mosaic");
  PictureSquare square;
  constexpr std::size_t side = PictureSquare::side;
  for (std::size_t i = 0; i < square.grey.size(); ++i) {
    const std::size_t block = i / side / 8 * 8 + i % side / 8;
    square.grey[i] = static_cast<std::uint8_t>(random.below(230, block) + change);
  }
  return square;
}

void set_length_one(float* row) {
  double squares = 0.0;
  for (std::size_t j = 0; j < kDimensions; ++j) squares += double{row[j]} * double{row[j]};
  const auto scale = static_cast<float>(1.0 / std::sqrt(squares));
  for (std::size_t j = 0; j < kDimensions; ++j) row[j] *= scale;
}

MatrixF embeddings(std::size_t n) {
  MatrixF rows = bench::clip_like_points(n, kDimensions, 1);
  for (std::size_t i = kCopyEvery - 1; i < n; i += kCopyEvery) {
    const CounterRandom random(i, "change");
    for (std::size_t j = 0; j < kDimensions; ++j)
      rows(i, j) = rows(i - 1, j) + static_cast<float>(0.002 * random.normal(j));
    set_length_one(rows.row(i));
  }
  return rows;
}

Status measure(std::size_t n) {
  const MatrixF rows = embeddings(n);
  std::vector<PictureSquare> squares;
  for (std::size_t i = 0; i < n; ++i) squares.push_back(is_copy(i) ? mosaic(i - 1, 8) : mosaic(i, 0));
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  const auto start = std::chrono::steady_clock::now();
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NearDuplicates found, find_near_duplicates(rows, squares, order));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::size_t copies = 0;
  for (std::size_t i = 0; i < n; ++i) copies += is_copy(i) && found.kept[i] == i - 1 ? 1U : 0U;
  fmt::print("{:7} pictures: {:7.2f} s, {:6.0f} us a picture, {:.1f} % of the copies found\n", n, seconds,
             1e6 * seconds / static_cast<double>(n),
             100.0 * static_cast<double>(copies) / static_cast<double>(n / kCopyEvery));
  return {};
}

}  // namespace

int main(int count, char** words) {
  std::vector<std::size_t> sizes;
  for (int i = 1; i < count; ++i) sizes.push_back(std::stoul(words[i]));
  if (sizes.empty()) sizes = {10000, 20000, 40000};
  for (const std::size_t n : sizes) {
    if (const Status status = measure(n); !status.is_ok()) {
      fmt::print(stderr, "{}\n", status.message());
      return EXIT_FAILURE;
    }
  }
}
