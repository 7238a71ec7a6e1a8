#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdlib>

#include "clipcluster/duplicates.h"

namespace clipcluster {
namespace {

constexpr int kSide = GreySquare::side;
// A frame is at most a fifth of the side at each edge, and even to within the noise of a JPEG.
constexpr double kWidestFrame = 0.2;
constexpr int kEvenFrame = 12;
// Lines that a resize leaves between a frame and the picture, mixed of both.
constexpr int kFrameEdge = 2;

// ITU-R 601, in 16 bits of fraction, as Pillow's convert("L").
int grey(const std::uint8_t* pixel) {
  return (pixel[0] * 19595 + pixel[1] * 38470 + pixel[2] * 7471 + 0x8000) >> 16;
}

// The mean of each cell of the square; pixels on a cell's border count by their share.
struct Axis {
  struct Span {
    int begin = 0;
    int end = 0;
    double first = 1.0;  // shares of the first and the last pixel
    double last = 1.0;
  };
  std::array<Span, kSide> spans;

  Axis(int start, int length) {
    for (int i = 0; i < kSide; ++i) {
      const double from = static_cast<double>(i) * length / kSide;
      const double to = static_cast<double>(i + 1) * length / kSide;
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

double cell_mean(const Image& image, const Axis::Span& columns, const Axis::Span& rows) {
  double sum = 0.0;
  double weight = 0.0;
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = columns.begin; x < columns.end; ++x) {
      const double w = share(columns, x) * share(rows, y);
      const std::size_t pixel = static_cast<std::size_t>(y) * image.width + x;
      sum += w * grey(image.rgb.data() + pixel * 3);
      weight += w;
    }
  }
  return sum / weight;
}

// How many of at most `most` lines from an edge inwards are plain; `value(line, place)` reads the picture
// from that edge. None when all of them are: then it is no frame, but a wall behind something.
template <class Value>
int frame_width(int most, int places, Value value) {
  const int level = value(0, 0);
  for (int line = 0; line < most; ++line) {
    for (int place = 0; place < places; ++place) {
      if (std::abs(value(line, place) - level) > kEvenFrame) return line == 0 ? 0 : line + kFrameEdge;
    }
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

}  // namespace

GreySquare make_grey_square(const Image& image) {
  assert(image.width > 0 && image.height > 0);
  const Frame frame = find_frame(image);
  const Axis columns(frame.left, image.width - frame.left - frame.right);
  const Axis rows(frame.top, image.height - frame.top - frame.bottom);
  GreySquare square;
  for (std::size_t i = 0; i < square.pixels.size(); ++i) {
    const double mean = cell_mean(image, columns.spans[i % kSide], rows.spans[i / kSide]);
    square.pixels[i] = static_cast<std::uint8_t>(std::lround(mean));
  }
  return square;
}

}  // namespace clipcluster
