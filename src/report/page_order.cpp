#include "report/page_order.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

namespace clipcluster::report {
namespace {

struct Box {
  double low_x = std::numeric_limits<double>::infinity();
  double high_x = -std::numeric_limits<double>::infinity();
  double low_y = std::numeric_limits<double>::infinity();
  double high_y = -std::numeric_limits<double>::infinity();
};

bool is_placed(const ReportImage& image) { return std::isfinite(image.x) && std::isfinite(image.y); }

Box bounding_box(const std::vector<ReportImage>& images) {
  Box box;
  for (const ReportImage& image : images) {
    if (!is_placed(image)) continue;
    box.low_x = std::min(box.low_x, double{image.x});
    box.high_x = std::max(box.high_x, double{image.x});
    box.low_y = std::min(box.low_y, double{image.y});
    box.high_y = std::max(box.high_y, double{image.y});
  }
  return box;
}

std::vector<MapPoint> to_unit_square(const std::vector<ReportImage>& images) {
  const Box box = bounding_box(images);
  const double side = std::max(box.high_x - box.low_x, box.high_y - box.low_y);
  std::vector<MapPoint> points(images.size(), MapPoint{0.5F, 0.5F});
  if (!(side > 0.0)) return points;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (!is_placed(images[i])) continue;
    points[i].x = static_cast<float>(0.5 + (images[i].x - 0.5 * (box.low_x + box.high_x)) / side);
    points[i].y = static_cast<float>(0.5 + (images[i].y - 0.5 * (box.low_y + box.high_y)) / side);
  }
  return points;
}

// Position along the Hilbert curve through a 65536 x 65536 grid (Warren, Hacker's Delight, 2nd
// edition, section 16-2).
std::uint64_t hilbert_position(MapPoint point) {
  constexpr std::uint32_t side = 65536;
  const auto cell = [](float v) {
    return static_cast<std::uint32_t>(std::clamp(v, 0.0F, 1.0F) * static_cast<float>(side - 1));
  };
  std::uint32_t x = cell(point.x);
  std::uint32_t y = cell(point.y);
  std::uint64_t position = 0;
  for (std::uint32_t s = side / 2; s > 0; s /= 2) {
    const std::uint32_t right = (x & s) != 0 ? 1U : 0U;
    const std::uint32_t upper = (y & s) != 0 ? 1U : 0U;
    position += std::uint64_t{s} * s * ((3U * right) ^ upper);
    if (upper == 0) {
      if (right == 1) {
        x = side - 1 - x;
        y = side - 1 - y;
      }
      std::swap(x, y);
    }
  }
  return position;
}

}  // namespace

PageOrder make_page_order(const ReportInput& input) {
  const std::size_t count = input.images.size();
  const std::vector<MapPoint> points = to_unit_square(input.images);
  std::vector<std::tuple<std::int32_t, std::uint64_t, std::uint32_t>> keys(count);
  PageOrder order;
  order.cluster_begin.assign(input.clusters.size() + 2, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t label = input.images[i].label;
    keys[i] = {label, hilbert_position(points[i]), static_cast<std::uint32_t>(i)};
    ++order.cluster_begin[static_cast<std::size_t>(label + 2)];
  }
  std::sort(keys.begin(), keys.end());
  std::partial_sum(order.cluster_begin.begin(), order.cluster_begin.end(), order.cluster_begin.begin());
  order.image_at.resize(count);
  order.place_of.resize(count);
  order.points.resize(count);
  for (std::size_t place = 0; place < count; ++place) {
    const std::uint32_t image = std::get<2>(keys[place]);
    order.image_at[place] = image;
    order.place_of[image] = static_cast<std::uint32_t>(place);
    order.points[place] = points[image];
  }
  return order;
}

}  // namespace clipcluster::report
