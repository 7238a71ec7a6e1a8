#include "report/duplicates_data.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <tuple>

#include "report/page_text.h"

namespace clipcluster::report {
namespace {

using Json = nlohmann::json;

std::size_t files_like_near(const ReportDuplicateGroup& group) {
  return std::accumulate(
      group.near.begin(), group.near.end(), group.near.size(),
      [](std::size_t sum, const ReportNearDuplicate& n) { return sum + n.copies.size(); });
}

// A path, with its link where that cannot be made from the text that the page gets.
Json path_json(const std::string& path) {
  if (is_utf8(path)) return path;
  return {{"path", path}, {"link", percent_encode_path(path)}};
}

Json paths_json(const std::vector<std::string>& paths) {
  Json json = Json::array();
  for (const std::string& path : paths) json.push_back(path_json(path));
  return json;
}

Json near_json(const ReportDuplicateGroup& group, const std::vector<TileSize>& sizes, std::size_t tile) {
  Json json = Json::array();
  for (std::size_t i = 0; i < group.near.size(); ++i) {
    Json row = {{"file", path_json(group.near[i].path)}, {"copies", paths_json(group.near[i].copies)}};
    if (!sizes.empty()) row["size"] = {sizes[tile + i].width, sizes[tile + i].height};
    json.push_back(std::move(row));
  }
  return json;
}

}  // namespace

std::vector<std::uint32_t> order_duplicates(const std::vector<ReportDuplicateGroup>& groups) {
  std::vector<std::uint32_t> order(groups.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto sizes = [&](std::uint32_t i) {
      return std::tuple(files_like_near(groups[i]), groups[i].copies.size());
    };
    return sizes(a) > sizes(b);
  });
  return order;
}

std::vector<NearDuplicate> near_duplicates(const std::vector<ReportDuplicateGroup>& groups) {
  std::vector<NearDuplicate> all;
  for (const std::uint32_t group : order_duplicates(groups)) {
    for (std::uint32_t i = 0; i < groups[group].near.size(); ++i) all.push_back({group, i});
  }
  return all;
}

nlohmann::json duplicates_json(const ReportInput& input, const PageOrder& order,
                               const std::vector<TileSize>& near) {
  std::vector<std::uint32_t> kept;
  std::size_t exact = 0;
  std::size_t like_near = 0;
  std::size_t with_near = 0;
  for (const std::uint32_t i : order_duplicates(input.duplicates)) {
    const ReportDuplicateGroup& group = input.duplicates[i];
    kept.push_back(order.place_of[group.kept]);
    exact += group.copies.size();
    like_near += files_like_near(group);
    with_near += group.near.empty() ? 0U : 1U;
  }
  Json json = {{"groups", input.duplicates.size()},
               {"near_groups", with_near},  // the first ones
               {"copies", exact},
               {"near", like_near},
               {"near_sought", input.near_duplicates_sought},
               {"kept", base64_column(kept)}};
  if (!near.empty()) json["tiles"] = layout_json(sheet_layout(near.size()));
  return json;
}

PageScript duplicates_script(const ReportInput& input, const PageOrder& order,
                             const std::vector<TileSize>& near, std::size_t chunk) {
  const std::vector<std::uint32_t> groups = order_duplicates(input.duplicates);
  const std::size_t begin = chunk * rows_per_chunk;
  const std::size_t end = std::min(begin + rows_per_chunk, groups.size());
  std::size_t tile = 0;
  for (std::size_t i = 0; i < begin; ++i) tile += input.duplicates[groups[i]].near.size();
  Json rows = Json::array();
  for (std::size_t i = begin; i < end; ++i) {
    const ReportDuplicateGroup& group = input.duplicates[groups[i]];
    rows.push_back({{"kept", order.place_of[group.kept]},
                    {"copies", paths_json(group.copies)},
                    {"tile", tile},
                    {"near", near_json(group, near, tile)}});
    tile += group.near.size();
  }
  return chunk_file("duplicates", chunk, rows);
}

}  // namespace clipcluster::report
