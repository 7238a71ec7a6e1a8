// What the page knows of all images and clusters (docs/report.md lists the files).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "clipcluster/report.h"
#include "report/data_file.h"
#include "report/page_order.h"
#include "report/sprite_sheets.h"

namespace clipcluster::report {

// Images with a tile of their own in the contact sheets, in the order of those tiles: for each
// cluster its first typical and doubtful images, then the first of the noise.
struct ContactSheets {
  std::vector<std::uint32_t> images;  // indices into ReportInput::images
};
ContactSheets choose_contacts(const ReportInput& input);

struct DrawnTiles {
  std::vector<TileSize> all;       // by place; empty without thumbnails
  std::vector<TileSize> contacts;  // as ContactSheets::images; empty without thumbnails
  std::vector<TileSize> near;      // as near_duplicates(); empty without thumbnails
};

PageScript summary_script(const ReportInput& input, const PageOrder& order, const ContactSheets& contacts,
                          const DrawnTiles& tiles);
PageScript points_script(const ReportInput& input, const PageOrder& order, const DrawnTiles& tiles);

PageScript paths_script(const ReportInput& input, const PageOrder& order, std::size_t chunk);
PageScript skipped_script(const std::vector<const ReportSkipped*>& skipped, std::size_t chunk);

// By reason, the most frequent one first.
std::vector<const ReportSkipped*> skipped_by_reason(const std::vector<ReportSkipped>& skipped);

}  // namespace clipcluster::report
