#include "report/sprite_sheets.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "clipcluster/parallel.h"

namespace clipcluster::report {
namespace {

constexpr int jpeg_quality = 82;
constexpr std::uint8_t paper = 236;  // empty tiles; the page never shows them
// Sheets drawn at once: enough to keep some cores busy with encoding, few enough to stay small.
constexpr std::size_t sheets_at_once = 4;

Image cut_to_moderate_shape(const Image& image) {
  const int width = std::min(image.width, std::max(1, image.height * 4 / 3));
  const int height = std::min(image.height, std::max(1, image.width * 4 / 3));
  if (width == image.width && height == image.height) return image;
  const int left = (image.width - width) / 2;
  const int top = (image.height - height) / 2;
  Image cut{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height * 3)};
  for (int y = 0; y < height; ++y) {
    const auto* from = image.rgb.data() + (static_cast<std::size_t>(y + top) * image.width + left) * 3;
    std::copy_n(from, static_cast<std::size_t>(width) * 3,
                cut.rgb.data() + static_cast<std::size_t>(y) * width * 3);
  }
  return cut;
}

std::optional<Image> decode_tile(std::span<const std::uint8_t> jpeg, int tile) {
  DecodeResult decoded = decode_image(jpeg);
  auto* picture = std::get_if<DecodedImage>(&decoded);
  if (picture == nullptr || picture->image.width < 1 || picture->image.height < 1) return std::nullopt;
  return fit_to_tile(picture->image, tile);
}

// The picture's outer rows and columns are repeated up to the tile's border: no edge is there for JPEG
// to ring around, and nothing else for a scaled picture to bleed from.
void draw_tile(const Image& picture, const SheetLayout& layout, std::size_t position, Image& sheet) {
  const int left = static_cast<int>(position) % layout.columns * layout.pitch();
  const int top = static_cast<int>(position) / layout.columns * layout.pitch();
  for (int y = 0; y < layout.pitch(); ++y) {
    const int row = std::clamp(y - tile_margin, 0, picture.height - 1);
    const auto* from = picture.rgb.data() + static_cast<std::size_t>(row) * picture.width * 3;
    auto* to = sheet.rgb.data() + (static_cast<std::size_t>(top + y) * sheet.width + left) * 3;
    for (int x = 0; x < layout.pitch(); ++x) {
      const int column = std::clamp(x - tile_margin, 0, picture.width - 1);
      std::copy_n(from + static_cast<std::size_t>(3) * column, 3, to + static_cast<std::size_t>(3) * x);
    }
  }
}

// The last sheet is only as high as it has rows.
Image empty_sheet(const SheetLayout& layout, std::size_t tiles) {
  const int rows = (static_cast<int>(tiles) + layout.columns - 1) / layout.columns;
  Image sheet{layout.columns * layout.pitch(), rows * layout.pitch(), {}};
  sheet.rgb.assign(static_cast<std::size_t>(sheet.width) * sheet.height * 3, paper);
  return sheet;
}

Result<std::vector<std::uint8_t>> draw_sheet(const SheetLayout& layout,
                                             std::span<const std::optional<Image>> pictures,
                                             std::span<TileSize> sizes) {
  Image sheet = empty_sheet(layout, pictures.size());
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    if (!pictures[i]) continue;
    draw_tile(*pictures[i], layout, i, sheet);
    sizes[i] = {static_cast<std::uint8_t>(pictures[i]->width),
                static_cast<std::uint8_t>(pictures[i]->height)};
  }
  return encode_jpeg(sheet, jpeg_quality);
}

std::vector<std::vector<std::uint8_t>> read_thumbnails(std::span<const std::uint32_t> images,
                                                       const ThumbnailSource& thumbnail) {
  std::vector<std::vector<std::uint8_t>> files(images.size());
  for (std::size_t i = 0; i < images.size(); ++i) {
    auto file = thumbnail(images[i]);
    if (file.is_ok()) files[i] = std::move(*file);
  }
  return files;
}

std::vector<std::optional<Image>> decode_tiles(const std::vector<std::vector<std::uint8_t>>& files,
                                               int tile) {
  std::vector<std::optional<Image>> pictures(files.size());
  parallel_for(files.size(), 8, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      if (!files[i].empty()) pictures[i] = decode_tile(files[i], tile);
    }
  });
  return pictures;
}

// The sheets that `images`, at most sheets_at_once full ones, fill.
std::vector<Result<std::vector<std::uint8_t>>> draw_sheets(const SheetLayout& layout,
                                                           std::span<const std::uint32_t> images,
                                                           const ThumbnailSource& thumbnail,
                                                           std::span<TileSize> sizes) {
  const auto pictures = decode_tiles(read_thumbnails(images, thumbnail), layout.tile);
  const auto per_sheet = static_cast<std::size_t>(layout.tiles_per_sheet());
  const std::size_t sheets = (images.size() + per_sheet - 1) / per_sheet;
  std::vector<Result<std::vector<std::uint8_t>>> jpegs(sheets, Status::internal("not drawn"));
  parallel_for(sheets, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t s = begin; s < end; ++s) {
      const std::size_t first = s * per_sheet;
      const std::size_t tiles = std::min(per_sheet, images.size() - first);
      jpegs[s] = draw_sheet(layout, std::span(pictures).subspan(first, tiles), sizes.subspan(first, tiles));
    }
  });
  return jpegs;
}

}  // namespace

SheetLayout sheet_layout(std::size_t image_count) {
  if (image_count <= 12'000) return {160, 10};
  if (image_count <= 40'000) return {128, 12};
  return {96, 16};
}

SheetLayout contact_layout() { return {160, 10}; }

nlohmann::json layout_json(const SheetLayout& layout) {
  return {{"pitch", layout.pitch()}, {"margin", tile_margin}, {"columns", layout.columns}};
}

Image fit_to_tile(const Image& thumbnail, int tile) {
  Image cut = cut_to_moderate_shape(thumbnail);
  const int longer = std::max(cut.width, cut.height);
  if (longer <= tile) return cut;
  const auto scaled = [&](int side) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) * tile / longer)));
  };
  return resize_bicubic(cut, scaled(cut.width), scaled(cut.height));
}

Result<std::vector<TileSize>> write_sheets(const SheetLayout& layout, std::span<const std::uint32_t> images,
                                           const ThumbnailSource& thumbnail, const WriteSheet& write,
                                           const std::function<bool(std::size_t)>& drawn) {
  std::vector<TileSize> sizes(images.size());
  const std::size_t batch = sheets_at_once * static_cast<std::size_t>(layout.tiles_per_sheet());
  for (std::size_t first = 0; first < images.size(); first += batch) {
    const std::size_t count = std::min(batch, images.size() - first);
    const auto jpegs = draw_sheets(layout, images.subspan(first, count), thumbnail,
                                   std::span(sizes).subspan(first, count));
    for (std::size_t s = 0; s < jpegs.size(); ++s) {
      if (!jpegs[s].is_ok()) return jpegs[s].status();
      CLIPCLUSTER_RETURN_IF_ERROR(
          write(first / static_cast<std::size_t>(layout.tiles_per_sheet()) + s, *jpegs[s]));
    }
    if (!drawn(count)) return Status::cancelled();
  }
  return sizes;
}

}  // namespace clipcluster::report
