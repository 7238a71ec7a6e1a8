// Groups of duplicates as the page lists them: those with near-duplicates first, the largest ones first.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "clipcluster/report.h"
#include "report/data_file.h"
#include "report/page_order.h"
#include "report/sprite_sheets.h"

namespace clipcluster::report {

// Indices into input.duplicates, in the order of the page.
std::vector<std::uint32_t> order_duplicates(const std::vector<ReportDuplicateGroup>& groups);

// Every near-duplicate, in the order in which they have their tiles.
struct NearDuplicate {
  std::uint32_t group = 0;  // index into input.duplicates
  std::uint32_t index = 0;  // into its near-duplicates
};
std::vector<NearDuplicate> near_duplicates(const std::vector<ReportDuplicateGroup>& groups);

// Counts, and the place of each group's kept image.
nlohmann::json duplicates_json(const ReportInput& input, const PageOrder& order,
                               const std::vector<TileSize>& near);

// Rows of the list. The tiles of a group's near-duplicates follow each other from "tile" on.
PageScript duplicates_script(const ReportInput& input, const PageOrder& order,
                             const std::vector<TileSize>& near, std::size_t chunk);

}  // namespace clipcluster::report
