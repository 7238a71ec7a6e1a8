// The order in which the page keeps images: noise first, then cluster by cluster, and within each
// along a Hilbert curve over the map. A cluster is then a range, and what is near on the map is near
// in the sprite sheets.
#pragma once

#include <cstdint>
#include <vector>

#include "clipcluster/report.h"

namespace clipcluster::report {

struct MapPoint {
  float x = 0.0F;
  float y = 0.0F;
};

struct PageOrder {
  std::vector<std::uint32_t> image_at;  // place on the page -> index into ReportInput::images
  std::vector<std::uint32_t> place_of;  // the inverse
  // Noise is [cluster_begin[0], cluster_begin[1]), cluster c is [cluster_begin[c + 1], cluster_begin[c +
  // 2]).
  std::vector<std::uint32_t> cluster_begin;
  std::vector<MapPoint> points;  // by place, in the unit square, proportions kept, y upwards
};

// Labels must be below clusters.size(). Points that are not finite are put in the middle.
PageOrder make_page_order(const ReportInput& input);

}  // namespace clipcluster::report
