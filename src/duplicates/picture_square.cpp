#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include "clipcluster/duplicates.h"

namespace clipcluster {
namespace {

// A frame is at most a fifth of the side at each edge, and even to within the noise of a JPEG: the root of
// a line's mean square, since a sharp edge rings through its whole block of 8 pixels.
constexpr double kWidestFrame = 0.2;
constexpr double kEvenFrame = 6.0;
// Lines that a resize leaves between a frame and the picture, mixed of both.
constexpr int kFrameEdge = 2;

// ITU-R 601, in 16 bits of fraction, as Pillow's convert("L").
int grey(const std::uint8_t* pixel) {
  return (pixel[0] * 19595 + pixel[1] * 38470 + pixel[2] * 7471 + 0x8000) >> 16;
}

// Cells along one axis of the square; pixels on a cell's border count by their share.
struct Axis {
  struct Span {
    int begin = 0;
    int end = 0;
    double first = 1.0;  // shares of the first and the last pixel
    double last = 1.0;
  };
  std::vector<Span> spans;

  Axis(int start, int length, int cells) : spans(static_cast<std::size_t>(cells)) {
    for (int i = 0; i < cells; ++i) {
      const double from = static_cast<double>(i) * length / cells;
      const double to = static_cast<double>(i + 1) * length / cells;
      Span& span = spans[static_cast<std::size_t>(i)];
      span.begin = static_cast<int>(from);
      span.end = std::min(length, std::max(span.begin + 1, static_cast<int>(std::ceil(to))));
      span.first = span.begin + 1.0 - from;
      span.last = to - (span.end - 1.0);
      if (span.end - span.begin == 1) span.first = span.last = to - from;
      span.begin += start;
      span.end += start;
    }
  }
};

double share(const Axis::Span& span, int i) {
  if (i == span.begin) return span.first;
  return i == span.end - 1 ? span.last : 1.0;
}

using Colour = std::array<double, 3>;

Colour cell_mean(const Image& image, const Axis::Span& columns, const Axis::Span& rows) {
  Colour sum{};
  double weight = 0.0;
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = columns.begin; x < columns.end; ++x) {
      const double w = share(columns, x) * share(rows, y);
      const std::uint8_t* pixel = image.rgb.data() + (static_cast<std::size_t>(y) * image.width + x) * 3;
      for (std::size_t c = 0; c < 3; ++c) sum[c] += w * pixel[c];
      weight += w;
    }
  }
  for (double& value : sum) value /= weight;
  return sum;
}

struct Cut {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
};

std::vector<Colour> cell_means(const Image& image, const Cut& cut, int side) {
  const Axis columns(cut.left, cut.width, side);
  const Axis rows(cut.top, cut.height, side);
  std::vector<Colour> means;
  means.reserve(static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
  for (const Axis::Span& row : rows.spans) {
    for (const Axis::Span& column : columns.spans) means.push_back(cell_mean(image, column, row));
  }
  return means;
}

double luma(const Colour& mean) { return 0.299 * mean[0] + 0.587 * mean[1] + 0.114 * mean[2]; }

std::int8_t signed_byte(double value) {
  return static_cast<std::int8_t>(std::lround(std::clamp(value, -128.0, 127.0)));
}

// How many of at most `most` lines from an edge inwards are plain; `value(line, place)` reads the picture
// from that edge. None when all of them are: then it is no frame, but a wall behind something.
template <class Value>
int frame_width(int most, int places, Value value) {
  double level = 0.0;
  for (int place = 0; place < places; ++place) level += value(0, place);
  level /= places;
  for (int line = 0; line < most; ++line) {
    double squares = 0.0;
    for (int place = 0; place < places; ++place) squares += std::pow(value(line, place) - level, 2);
    if (squares > kEvenFrame * kEvenFrame * places) return line == 0 ? 0 : line + kFrameEdge;
  }
  return 0;
}

struct Frame {
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;
};

Frame find_frame(const Image& image) {
  const auto at = [&](int x, int y) {
    return grey(image.rgb.data() + (static_cast<std::size_t>(y) * image.width + x) * 3);
  };
  const int width = image.width;
  const int height = image.height;
  const int across = static_cast<int>(width * kWidestFrame);
  const int down = static_cast<int>(height * kWidestFrame);
  Frame frame;
  frame.left = frame_width(across, height, [&](int line, int place) { return at(line, place); });
  frame.right =
      frame_width(across, height, [&](int line, int place) { return at(width - 1 - line, place); });
  frame.top = frame_width(down, width, [&](int line, int place) { return at(place, line); });
  frame.bottom =
      frame_width(down, width, [&](int line, int place) { return at(place, height - 1 - line); });
  return frame;
}

void set_colours(const std::vector<Colour>& means, PictureSquare& square) {
  constexpr int kCells = PictureSquare::side / PictureSquare::colour_side;
  for (int y = 0; y < PictureSquare::colour_side; ++y) {
    for (int x = 0; x < PictureSquare::colour_side; ++x) {
      Colour sum{};
      for (int i = 0; i < kCells * kCells; ++i) {
        const int at = (y * kCells + i / kCells) * PictureSquare::side + x * kCells + i % kCells;
        for (std::size_t c = 0; c < 3; ++c) sum[c] += means[static_cast<std::size_t>(at)][c];
      }
      for (double& value : sum) value /= kCells * kCells;
      const auto cell = static_cast<std::size_t>(y * PictureSquare::colour_side + x);
      square.blue[cell] = signed_byte((sum[2] - luma(sum)) * 0.564);
      square.red[cell] = signed_byte((sum[0] - luma(sum)) * 0.713);
    }
  }
}

}  // namespace

PictureSquare make_picture_square(const Image& image) {
  assert(image.width > 0 && image.height > 0);
  const Frame frame = find_frame(image);
  const Cut cut = {frame.left, frame.top, image.width - frame.left - frame.right,
                   image.height - frame.top - frame.bottom};
  const std::vector<Colour> means = cell_means(image, cut, PictureSquare::side);
  PictureSquare square;
  square.aspect = static_cast<float>(cut.width) / static_cast<float>(cut.height);
  for (std::size_t i = 0; i < means.size(); ++i) {
    square.grey[i] = static_cast<std::uint8_t>(std::lround(luma(means[i])));
  }
  set_colours(means, square);
  return square;
}

}  // namespace clipcluster
