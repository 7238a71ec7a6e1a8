#include "neighbors/row_order.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "clipcluster/parallel.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kLeafRows = 32;
constexpr std::size_t kSampleRows = 512;  // decide how a part is split
constexpr int kIterations = 4;
constexpr std::size_t kSmallestShare = 16;  // a side with fewer than 1/16 of the rows is evened out

struct Part {
  std::size_t begin;
  std::size_t end;
};

float squared_distance(const float* x, const float* y, std::size_t size) {
  float sum = 0.0F;
  for (std::size_t i = 0; i < size; ++i) sum += (x[i] - y[i]) * (x[i] - y[i]);
  return sum;
}

// Points x with direction.x > threshold are nearer to the second of two centres.
struct Split {
  std::vector<float> direction;
  float threshold = 0.0F;

  float side(const float* x) const {
    float sum = -threshold;
    for (std::size_t i = 0; i < direction.size(); ++i) sum += direction[i] * x[i];
    return sum;
  }
};

Split between(const std::vector<float>& a, const std::vector<float>& b) {
  Split split{std::vector<float>(a.size())};
  for (std::size_t i = 0; i < a.size(); ++i) {
    split.direction[i] = b[i] - a[i];
    split.threshold += 0.5F * (b[i] - a[i]) * (b[i] + a[i]);
  }
  return split;
}

class Bisection {
 public:
  Bisection(MatrixView<const float> coordinates, std::vector<std::int32_t>& ids)
      : coordinates_(coordinates), ids_(ids) {}

  // Reorders the part and returns where its second half begins.
  std::size_t cut(Part part) {
    const Split split = two_means(part);
    std::vector<std::pair<float, std::int32_t>> sides(part.end - part.begin);
    for (std::size_t i = 0; i < sides.size(); ++i) {
      const std::int32_t id = ids_[part.begin + i];
      sides[i] = {split.side(point(id)), id};
    }
    const auto second =
        std::stable_partition(sides.begin(), sides.end(), [](const auto& s) { return s.first <= 0.0F; });
    auto middle = static_cast<std::size_t>(second - sides.begin());
    const std::size_t fewest = sides.size() / kSmallestShare;
    if (middle < fewest || sides.size() - middle < fewest) {
      middle = sides.size() / 2;
      std::nth_element(sides.begin(), sides.begin() + static_cast<std::ptrdiff_t>(middle), sides.end());
    }
    for (std::size_t i = 0; i < sides.size(); ++i) ids_[part.begin + i] = sides[i].second;
    return part.begin + middle;
  }

 private:
  const float* point(std::int32_t id) const { return coordinates_.row(static_cast<std::size_t>(id)); }

  const float* sampled(Part part, std::size_t count, std::size_t s) const {
    return point(ids_[part.begin + s * (part.end - part.begin) / count]);
  }

  std::vector<float> as_vector(const float* x) const { return {x, x + coordinates_.cols()}; }

  // Lloyd's iterations on a sample, from a point far from the first and one far from that.
  Split two_means(Part part) const {
    const std::size_t count = std::min(part.end - part.begin, kSampleRows);
    const float* start = farthest(part, count, sampled(part, count, 0));
    std::vector<float> means[2] = {as_vector(start), as_vector(farthest(part, count, start))};
    for (int iteration = 0; iteration < kIterations; ++iteration) {
      const Split split = between(means[0], means[1]);
      std::vector<float> sums[2] = {std::vector<float>(means[0].size()),
                                    std::vector<float>(means[0].size())};
      std::size_t counts[2] = {0, 0};
      for (std::size_t s = 0; s < count; ++s) {
        const float* x = sampled(part, count, s);
        const std::size_t side = split.side(x) > 0.0F ? 1 : 0;
        ++counts[side];
        for (std::size_t i = 0; i < sums[side].size(); ++i) sums[side][i] += x[i];
      }
      for (std::size_t side = 0; side < 2; ++side) {
        if (counts[side] == 0) continue;
        for (std::size_t i = 0; i < sums[side].size(); ++i) {
          means[side][i] = sums[side][i] / static_cast<float>(counts[side]);
        }
      }
    }
    return between(means[0], means[1]);
  }

  const float* farthest(Part part, std::size_t count, const float* from) const {
    const float* best = from;
    float most = -1.0F;
    for (std::size_t s = 0; s < count; ++s) {
      const float* x = sampled(part, count, s);
      const float distance = squared_distance(from, x, coordinates_.cols());
      if (distance > most) {
        most = distance;
        best = x;
      }
    }
    return best;
  }

  MatrixView<const float> coordinates_;
  std::vector<std::int32_t>& ids_;
};

// [blocks, c]
MatrixF block_means(MatrixView<const float> coordinates, const std::vector<std::int32_t>& order,
                    std::size_t block_rows) {
  const std::size_t blocks = (order.size() + block_rows - 1) / block_rows;
  MatrixF means(blocks, coordinates.cols());
  parallel_for(blocks, 1, [&](std::size_t block, std::size_t) {
    const std::size_t begin = block * block_rows;
    const std::size_t end = std::min(order.size(), begin + block_rows);
    float* mean = means.row(block);
    for (std::size_t i = begin; i < end; ++i) {
      const float* x = coordinates.row(static_cast<std::size_t>(order[i]));
      for (std::size_t c = 0; c < coordinates.cols(); ++c)
        mean[c] += x[c] / static_cast<float>(end - begin);
    }
  });
  return means;
}

// All pairs, nearest means first.
std::vector<BlockPair> pairs_by_distance(const MatrixF& means) {
  struct Entry {
    float distance;
    BlockPair pair;
  };
  std::vector<Entry> entries;
  const std::size_t blocks = means.rows();
  entries.reserve(blocks * (blocks - 1) / 2);
  for (std::size_t b = 1; b < blocks; ++b) {
    for (std::size_t a = 0; a < b; ++a) {
      entries.push_back({squared_distance(means.row(a), means.row(b), means.cols()),
                         {static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b)}});
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& x, const Entry& y) {
    return x.distance < y.distance || (x.distance == y.distance && x.pair < y.pair);
  });
  std::vector<BlockPair> pairs(entries.size());
  std::transform(entries.begin(), entries.end(), pairs.begin(), [](const Entry& e) { return e.pair; });
  return pairs;
}

}  // namespace

std::vector<std::int32_t> order_by_bisection(MatrixView<const float> coordinates,
                                             std::vector<std::int32_t> ids) {
  Bisection bisection(coordinates, ids);
  std::vector<Part> parts;
  if (ids.size() > kLeafRows) parts.push_back({0, ids.size()});
  while (!parts.empty()) {
    std::vector<std::size_t> middles(parts.size());
    parallel_for(parts.size(), 1,
                 [&](std::size_t i, std::size_t) { middles[i] = bisection.cut(parts[i]); });
    std::vector<Part> next;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      for (const Part part : {Part{parts[i].begin, middles[i]}, Part{middles[i], parts[i].end}}) {
        if (part.end - part.begin > kLeafRows) next.push_back(part);
      }
    }
    parts = std::move(next);
  }
  return ids;
}

std::vector<std::vector<BlockPair>> meetings(MatrixView<const float> coordinates,
                                             const std::vector<std::int32_t>& order,
                                             std::size_t block_rows) {
  const MatrixF means = block_means(coordinates, order, block_rows);
  const std::size_t blocks = means.rows();
  // Taking the first round that is free for both, a pair finds one among the first 2 (blocks - 2) + 1.
  const std::size_t words = 2 * blocks / 64 + 1;
  Matrix<std::uint64_t> busy(blocks, words);
  std::vector<std::vector<BlockPair>> rounds;
  for (const BlockPair& pair : pairs_by_distance(means)) {
    std::size_t word = 0;
    while ((busy(pair.first, word) | busy(pair.second, word)) == ~std::uint64_t{0}) ++word;
    const auto bit =
        static_cast<std::size_t>(std::countr_one(busy(pair.first, word) | busy(pair.second, word)));
    busy(pair.first, word) |= std::uint64_t{1} << bit;
    busy(pair.second, word) |= std::uint64_t{1} << bit;
    const std::size_t round = word * 64 + bit;
    if (rounds.size() <= round) rounds.resize(round + 1);
    rounds[round].push_back(pair);
  }
  return rounds;
}

}  // namespace clipcluster::neighbors
