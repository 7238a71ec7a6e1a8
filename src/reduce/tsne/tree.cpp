#include "reduce/tsne/tree.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "clipcluster/parallel.h"

namespace clipcluster::tsne {
namespace {

constexpr std::size_t kGrain = 256;
constexpr std::size_t kLeaf = 8;
// Halvings of the cube: 3 x 21 bits fit a code.
constexpr int kLevels = 21;

// The bits of x, each followed by dimensions - 1 zeros.
std::uint64_t spread_bits(std::uint32_t x, std::size_t dimensions) {
  std::uint64_t spread = 0;
  for (int bit = 0; bit < kLevels; ++bit) {
    spread |= static_cast<std::uint64_t>((x >> bit) & 1U) << (static_cast<std::size_t>(bit) * dimensions);
  }
  return spread;
}

struct Cube {
  double corner[3] = {0.0, 0.0, 0.0};
  double side = 0.0;
};

Cube cube_around(MatrixView<const float> places) {
  Cube cube;
  for (std::size_t c = 0; c < places.cols(); ++c) {
    float least = std::numeric_limits<float>::max();
    float greatest = std::numeric_limits<float>::lowest();
    for (std::size_t i = 0; i < places.rows(); ++i) {
      least = std::min(least, places(i, c));
      greatest = std::max(greatest, places(i, c));
    }
    cube.corner[c] = least;
    cube.side = std::max(cube.side, double{greatest} - double{least});
  }
  return cube;
}

std::uint64_t code_of(const Cube& cube, const float* place, std::size_t dimensions) {
  constexpr auto cells = static_cast<double>(1U << kLevels);
  std::uint64_t code = 0;
  for (std::size_t c = 0; c < dimensions; ++c) {
    const double share = cube.side > 0.0 ? (double{place[c]} - cube.corner[c]) / cube.side : 0.0;
    const auto cell = static_cast<std::uint32_t>(std::min(share * cells, cells - 1.0));
    code |= spread_bits(cell, dimensions) << c;
  }
  return code;
}

}  // namespace

Tree::Tree(MatrixView<const float> places) : dimensions_(places.cols()) {
  const std::size_t n = places.rows();
  const Cube cube = cube_around(places);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> sorted(n);
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      sorted[i] = {code_of(cube, places.row(i), dimensions_), static_cast<std::uint32_t>(i)};
    }
  });
  std::sort(sorted.begin(), sorted.end());
  codes_.resize(n);
  order_.resize(n);
  points_.resize(n * dimensions_);
  for (std::size_t at = 0; at < n; ++at) {
    codes_[at] = sorted[at].first;
    order_[at] = sorted[at].second;
    std::copy_n(places.row(order_[at]), dimensions_, points_.data() + at * dimensions_);
  }
  nodes_.reserve(n);
  if (dimensions_ == 2) build<2>(0, n, kLevels, cube.side);
  if (dimensions_ == 3) build<3>(0, n, kLevels, cube.side);
}

template <std::size_t kDimensions>
void Tree::build(std::size_t begin, std::size_t end, int level, double side) {
  const std::size_t number = nodes_.size();
  nodes_.push_back({{0.0F, 0.0F, 0.0F},
                    static_cast<float>(side * side),
                    static_cast<std::uint32_t>(end - begin),
                    0,
                    end - begin <= kLeaf || level == 0 ? static_cast<std::uint32_t>(begin) : kInner});
  double sums[kDimensions] = {};
  for (std::size_t at = begin; at < end; ++at) {
    for (std::size_t c = 0; c < kDimensions; ++c) sums[c] += points_[at * kDimensions + c];
  }
  for (std::size_t c = 0; c < kDimensions; ++c) {
    nodes_[number].centre[c] = static_cast<float>(sums[c] / static_cast<double>(end - begin));
  }
  if (nodes_[number].begin == kInner) {
    const std::size_t shift = static_cast<std::size_t>(level - 1) * kDimensions;
    for (std::size_t first = begin; first < end;) {
      const std::uint64_t child = codes_[first] >> shift;
      std::size_t last = first + 1;
      while (last < end && codes_[last] >> shift == child) ++last;
      build<kDimensions>(first, last, level - 1, 0.5 * side);
      first = last;
    }
  }
  nodes_[number].next = static_cast<std::uint32_t>(nodes_.size());
}

template <std::size_t kDimensions>
Tree::Field Tree::walk(const float* place, float angle) const {
  const float angle_squared = angle * angle;
  float value = 0.0F;
  double total = 0.0;
  float force[kDimensions] = {};
  const auto add = [&](const float* other, float count) {
    float difference[kDimensions];
    float square = 0.0F;
    for (std::size_t c = 0; c < kDimensions; ++c) {
      difference[c] = place[c] - other[c];
      square += difference[c] * difference[c];
    }
    const float q = 1.0F / (1.0F + square);
    value += count * q;
    const float weight = count * q * q;
    for (std::size_t c = 0; c < kDimensions; ++c) force[c] += weight * difference[c];
  };
  for (std::size_t i = 0; i < nodes_.size();) {
    const Node& node = nodes_[i];
    float square = 0.0F;
    for (std::size_t c = 0; c < kDimensions; ++c) {
      const float difference = place[c] - node.centre[c];
      square += difference * difference;
    }
    if (node.side_squared < angle_squared * square) {
      add(node.centre, static_cast<float>(node.count));
      i = node.next;
    } else if (node.begin == kInner) {
      ++i;
    } else {
      for (std::uint32_t at = node.begin; at < node.begin + node.count; ++at) {
        add(points_.data() + at * kDimensions, 1.0F);
      }
      i = node.next;
    }
    total += value;
    value = 0.0F;
  }
  Field field;
  field.value = total;
  for (std::size_t c = 0; c < kDimensions; ++c) field.force[c] = force[c];
  return field;
}

Tree::Field Tree::at(const float* place, float angle) const {
  return dimensions_ == 2 ? walk<2>(place, angle) : walk<3>(place, angle);
}

double Tree::forces(float angle, MatrixF& forces) const {
  std::vector<double> sums((order_.size() + kGrain - 1) / kGrain, 0.0);
  parallel_for(order_.size(), kGrain, [&](std::size_t begin, std::size_t end) {
    double sum = 0.0;
    for (std::size_t at = begin; at < end; ++at) {
      const Field field = this->at(points_.data() + at * dimensions_, angle);
      sum += field.value - 1.0;
      std::copy_n(field.force, dimensions_, forces.row(order_[at]));
    }
    sums[begin / kGrain] = sum;
  });
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace clipcluster::tsne
