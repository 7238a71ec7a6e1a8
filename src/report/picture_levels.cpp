#include "report/picture_levels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

#include "clipcluster/random.h"

namespace clipcluster::report {
namespace {

// The images shown so far, in square cells as wide as the spacing: a cell holds at most one.
class OccupiedCells {
 public:
  OccupiedCells(std::size_t count, double spacing)
      : spacing_(spacing),
        slots_(std::bit_ceil(2 * most_occupied(count, spacing) + 16)),
        mask_(slots_.size() - 1) {}

  bool is_free(const std::vector<MapPoint>& points, std::uint32_t place) const {
    const auto [cell_x, cell_y] = cell_of(points[place]);
    for (std::int64_t y = cell_y - 1; y <= cell_y + 1; ++y) {
      for (std::int64_t x = cell_x - 1; x <= cell_x + 1; ++x) {
        const Slot& slot = slots_[find(x, y)];
        if (slot.used && is_too_near(points[place], points[slot.place])) return false;
      }
    }
    return true;
  }

  void occupy(const std::vector<MapPoint>& points, std::uint32_t place) {
    const auto [x, y] = cell_of(points[place]);
    slots_[find(x, y)] = {x, y, place, true};
  }

 private:
  struct Slot {
    std::int64_t x = 0;
    std::int64_t y = 0;
    std::uint32_t place = 0;
    bool used = false;
  };

  static std::size_t most_occupied(std::size_t count, double spacing) {
    const double cells = std::pow(1.0 / spacing + 2.0, 2.0);
    return cells < static_cast<double>(count) ? static_cast<std::size_t>(cells) : count;
  }
  std::pair<std::int64_t, std::int64_t> cell_of(MapPoint p) const {
    return {static_cast<std::int64_t>(std::floor(p.x / spacing_)),
            static_cast<std::int64_t>(std::floor(p.y / spacing_))};
  }
  bool is_too_near(MapPoint a, MapPoint b) const {
    return std::fabs(double{a.x} - b.x) < spacing_ && std::fabs(double{a.y} - b.y) < spacing_;
  }
  // The slot of this cell, or the free one where it would go.
  std::size_t find(std::int64_t x, std::int64_t y) const {
    std::uint64_t hash = static_cast<std::uint64_t>(x) * 0x9E3779B97F4A7C15ULL;
    hash = (hash ^ (hash >> 32) ^ static_cast<std::uint64_t>(y)) * 0xBF58476D1CE4E5B9ULL;
    std::size_t slot = (hash ^ (hash >> 29)) & mask_;
    while (slots_[slot].used && (slots_[slot].x != x || slots_[slot].y != y)) slot = (slot + 1) & mask_;
    return slot;
  }

  double spacing_;
  std::vector<Slot> slots_;
  std::size_t mask_;
};

std::uint32_t members(const PageOrder& order, std::size_t cluster) {
  return order.cluster_begin[cluster + 2] - order.cluster_begin[cluster + 1];
}

// Rank among the typical images of its cluster, by place; the largest value for all others.
std::vector<std::uint32_t> typical_ranks(const ReportInput& input, const PageOrder& order) {
  std::vector<std::uint32_t> ranks(order.image_at.size(), std::numeric_limits<std::uint32_t>::max());
  for (const ReportCluster& cluster : input.clusters) {
    for (std::size_t rank = 0; rank < cluster.typical.size(); ++rank) {
      std::uint32_t& known = ranks[order.place_of[cluster.typical[rank]]];
      known = std::min(known, static_cast<std::uint32_t>(rank));
    }
  }
  return ranks;
}

std::vector<std::uint32_t> by_importance(const ReportInput& input, const PageOrder& order) {
  const CounterRandom random(0, "report picture order");
  const std::vector<std::uint32_t> ranks = typical_ranks(input, order);
  using Key = std::tuple<bool, std::uint32_t, std::uint32_t, std::uint64_t, std::uint32_t>;
  std::vector<Key> keys(order.image_at.size());
  for (std::uint32_t place = 0; place < keys.size(); ++place) {
    const std::int32_t label = input.images[order.image_at[place]].label;
    const std::uint32_t size = label < 0 ? 0 : members(order, static_cast<std::size_t>(label));
    const bool typical = ranks[place] != std::numeric_limits<std::uint32_t>::max();
    keys[place] = {label < 0, ranks[place], typical ? ~size : 0U, random.bits(place), place};
  }
  std::sort(keys.begin(), keys.end());
  std::vector<std::uint32_t> places(keys.size());
  std::transform(keys.begin(), keys.end(), places.begin(), [](const Key& key) { return std::get<4>(key); });
  return places;
}

}  // namespace

double picture_spacing(int level) {
  return 0.5 * std::exp2(-static_cast<double>(level) / picture_levels_per_halving);
}

std::vector<std::uint8_t> choose_picture_levels(const ReportInput& input, const PageOrder& order) {
  std::vector<std::uint8_t> levels(order.image_at.size(), no_picture_level);
  std::vector<std::uint32_t> shown;
  std::vector<std::uint32_t> waiting = by_importance(input, order);
  for (int level = 0; level < picture_level_count && !waiting.empty(); ++level) {
    OccupiedCells cells(levels.size(), picture_spacing(level));
    for (const std::uint32_t place : shown) cells.occupy(order.points, place);
    std::vector<std::uint32_t> still_waiting;
    for (const std::uint32_t place : waiting) {
      if (cells.is_free(order.points, place)) {
        cells.occupy(order.points, place);
        levels[place] = static_cast<std::uint8_t>(level);
        shown.push_back(place);
      } else {
        still_waiting.push_back(place);
      }
    }
    waiting = std::move(still_waiting);
  }
  return levels;
}

}  // namespace clipcluster::report
