// What the page knows, as scripts that assign it (docs/report.md lists them).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "clipcluster/report.h"
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
};

struct PageScript {
  std::string name;     // of the file
  std::string content;  // what it holds
};

PageScript summary_script(const ReportInput& input, const PageOrder& order, const ContactSheets& contacts,
                          const DrawnTiles& tiles);
PageScript points_script(const ReportInput& input, const PageOrder& order, const DrawnTiles& tiles);

// Long lists come in chunks that the page loads when it shows them.
inline constexpr std::size_t rows_per_chunk = 4096;
std::size_t chunk_count(std::size_t rows);
PageScript paths_script(const ReportInput& input, const PageOrder& order, std::size_t chunk);
PageScript duplicates_script(const ReportInput& input, const PageOrder& order, std::size_t chunk);
PageScript skipped_script(const std::vector<const ReportSkipped*>& skipped, std::size_t chunk);

// By reason, the most frequent one first.
std::vector<const ReportSkipped*> skipped_by_reason(const std::vector<ReportSkipped>& skipped);

}  // namespace clipcluster::report
