// Thumbnails packed into JPEG sheets of square tiles: one file for some hundred images, loaded by
// the page when they come into view.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "clipcluster/images.h"
#include "clipcluster/status.h"

namespace clipcluster::report {

// Around every picture, filled with its own edge: a browser that draws a sheet smaller averages over
// neighbouring pixels, and must not reach the next tile.
inline constexpr int tile_margin = 8;

struct SheetLayout {
  int tile = 96;     // longest side of a picture, in pixels
  int columns = 16;  // and as many rows
  int tiles_per_sheet() const { return columns * columns; }
  // From one tile to the next: a multiple of 16, so that no JPEG block belongs to two tiles.
  int pitch() const { return tile + 2 * tile_margin; }
};

// Large tiles for few images; for many, small ones that keep the page's size in bounds.
SheetLayout sheet_layout(std::size_t image_count);
// For the contact sheets, of which there are few.
SheetLayout contact_layout();
nlohmann::json layout_json(const SheetLayout& layout);

// Pixels that the picture fills, from the upper left corner inside the tile's margin; 0 x 0 if there is
// none.
struct TileSize {
  std::uint8_t width = 0;
  std::uint8_t height = 0;
};

// The thumbnail as it stands in a tile: cut at the middle to at most 4:3 or 3:4, and not enlarged.
Image fit_to_tile(const Image& thumbnail, int tile);

using ThumbnailSource = std::function<Result<std::vector<std::uint8_t>>(std::uint32_t)>;
using WriteSheet = std::function<Status(std::size_t sheet, std::span<const std::uint8_t> jpeg)>;

// Draws images[i] into tile i, sheet by sheet. An image without a thumbnail leaves its tile empty.
// Calls `thumbnail` from one thread; calls `drawn(n)` after n more images, and stops when it is false.
Result<std::vector<TileSize>> write_sheets(const SheetLayout& layout, std::span<const std::uint32_t> images,
                                           const ThumbnailSource& thumbnail, const WriteSheet& write,
                                           const std::function<bool(std::size_t)>& drawn);

}  // namespace clipcluster::report
