// Writes CLIP-like points (clip_like.h) for comparisons with other programs:
//   make_points ROWS COLUMNS SEED FILE.npy
#include <fmt/format.h>

#include <cstdlib>

#include "clip_like.h"
#include "clipcluster/array_files.h"

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: make_points ROWS COLUMNS SEED FILE.npy\n");
    return 2;
  }
  const auto number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
  const clipcluster::MatrixF points = clipcluster::bench::clip_like_points(number(1), number(2), number(3));
  const clipcluster::Status status = clipcluster::write_npy(argv[4], points.view());
  if (status.is_ok()) return 0;
  fmt::print(stderr, "make_points: {}\n", status.message());
  return 1;
}
