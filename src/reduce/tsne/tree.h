// Repulsion through a tree of boxes (Barnes and Hut 1986; van der Maaten 2014), in two or three
// dimensions: a box that looks small from a point counts as one point in its centre of mass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"

namespace clipcluster::tsne {

// Where a grid would be the method and cannot be used: exact for few points.
constexpr float angle_without_grid(std::size_t points) { return points <= 2000 ? 0.0F : 0.5F; }

class Tree {
 public:
  // places: [n, 2 or 3]
  explicit Tree(MatrixView<const float> places);

  // From one place: sum of q and sum of q^2 (y - y_j), q = 1 / (1 + |y - y_j|^2), over all points, one
  // at the very place included.
  struct Field {
    double value = 0.0;
    float force[3] = {0.0F, 0.0F, 0.0F};
  };
  // A box counts as one point where its side is below angle times its distance.
  Field at(const float* place, float angle) const;
  // For all points of the tree, as GridRepulsion::forces.
  double forces(float angle, MatrixF& forces) const;
  std::size_t dimensions() const { return dimensions_; }
  std::size_t points() const { return order_.size(); }

 private:
  struct Node {
    float centre[3];
    float side_squared;
    std::uint32_t count;
    std::uint32_t next;   // after this node and everything below it
    std::uint32_t begin;  // leaves: points_[begin .. begin + count); others: kInner
  };
  template <std::size_t kDimensions>
  void build(std::size_t begin, std::size_t end, int level, double side);
  template <std::size_t kDimensions>
  Field walk(const float* place, float angle) const;

  static constexpr std::uint32_t kInner = 0xFFFFFFFFU;
  std::size_t dimensions_;
  std::vector<std::uint64_t> codes_;  // Morton order, of the sorted points
  std::vector<std::uint32_t> order_;  // numbers of the sorted points
  std::vector<float> points_;         // sorted
  std::vector<Node> nodes_;           // each before its children
};

}  // namespace clipcluster::tsne
