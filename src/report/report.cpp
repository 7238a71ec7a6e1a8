#include "clipcluster/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <new>
#include <numeric>

#include "report/belonging_data.h"
#include "report/duplicates_data.h"
#include "report/hierarchy_data.h"
#include "report/page_assets.h"
#include "report/page_data.h"
#include "report/page_folder.h"
#include "report/page_order.h"
#include "report/page_text.h"
#include "report/quality_data.h"
#include "report/sprite_sheets.h"
#include "report/tree_data.h"

namespace clipcluster {
namespace report {
namespace {

Status check_index(std::size_t index, std::size_t count, std::string_view what) {
  if (index < count) return Status();
  return Status::invalid_argument(
      fmt::format("the page was given {} {}, but there are only {} images", what, index, count));
}

Status check_indices(const std::vector<std::uint32_t>& indices, std::size_t count, std::string_view what) {
  for (const std::uint32_t index : indices) CLIPCLUSTER_RETURN_IF_ERROR(check_index(index, count, what));
  return Status();
}

Status check_labels(const ReportInput& input) {
  const auto clusters = static_cast<std::int64_t>(input.clusters.size());
  for (const ReportImage& image : input.images) {
    if (image.label >= -1 && image.label < clusters) continue;
    return Status::invalid_argument(fmt::format("{} has the label {}, but there are only {} clusters",
                                                image.path, image.label, clusters));
  }
  return Status();
}

Status check(const ReportInput& input) {
  const std::size_t count = input.images.size();
  CLIPCLUSTER_RETURN_IF_ERROR(check_labels(input));
  CLIPCLUSTER_RETURN_IF_ERROR(check_indices(input.noise, count, "noise image"));
  for (const ReportCluster& cluster : input.clusters) {
    CLIPCLUSTER_RETURN_IF_ERROR(check_indices(cluster.typical, count, "typical image"));
    CLIPCLUSTER_RETURN_IF_ERROR(check_indices(cluster.doubtful, count, "doubtful image"));
  }
  for (const ReportNoiseGroup& group : input.noise_groups) {
    CLIPCLUSTER_RETURN_IF_ERROR(check_indices(group.images, count, "image of a group of noise"));
  }
  CLIPCLUSTER_RETURN_IF_ERROR(check_belonging(input));
  CLIPCLUSTER_RETURN_IF_ERROR(check_tree(input.tree, input.clusters.size()));
  CLIPCLUSTER_RETURN_IF_ERROR(check_hierarchy(input.hierarchy, input.clusters.size()));
  CLIPCLUSTER_RETURN_IF_ERROR(check_tuning(input.tuning));
  for (const ReportDuplicateGroup& group : input.duplicates) {
    CLIPCLUSTER_RETURN_IF_ERROR(check_index(group.kept, count, "kept image"));
  }
  return Status();
}

// Counts drawn tiles for the progress; false when it is time to stop.
class TileProgress {
 public:
  TileProgress(Progress& progress, std::size_t total) : progress_(progress), total_(total) { report(); }
  bool add(std::size_t tiles) {
    done_ += tiles;
    report();
    return !progress_.cancelled();
  }

 private:
  void report() { progress_.report({"page", done_, total_, "pictures", 0}); }
  Progress& progress_;
  std::size_t total_;
  std::size_t done_ = 0;
};

// Draws sheets of tiles into the page's folder.
class TileWriter {
 public:
  TileWriter(PageFolder& page, TileProgress& progress) : page_(page), progress_(progress) {}

  Result<std::vector<TileSize>> draw(std::string_view stem, const SheetLayout& layout,
                                     std::span<const std::uint32_t> items, const ThumbnailSource& source) {
    const auto write = [&](std::size_t sheet, std::span<const std::uint8_t> jpeg) {
      return page_.write(fmt::format("{}-{:04}.jpg", stem, sheet),
                         {reinterpret_cast<const char*>(jpeg.data()), jpeg.size()});
    };
    return write_sheets(layout, items, source, write, [&](std::size_t n) { return progress_.add(n); });
  }

 private:
  PageFolder& page_;
  TileProgress& progress_;
};

Result<std::vector<TileSize>> draw_near_duplicates(const ReportInput& input,
                                                   const std::vector<NearDuplicate>& near,
                                                   TileWriter& writer) {
  std::vector<std::uint32_t> all(near.size());
  std::iota(all.begin(), all.end(), 0U);
  return writer.draw("near", sheet_layout(near.size()), all,
                     [&](std::uint32_t i) { return input.near_thumbnail(near[i].group, near[i].index); });
}

Result<DrawnTiles> draw_tiles(const ReportInput& input, const PageOrder& order,
                              const ContactSheets& contacts, PageFolder& page, Progress& progress) {
  DrawnTiles tiles;
  if (!input.thumbnail || input.images.empty()) return tiles;
  const auto near = input.near_thumbnail ? near_duplicates(input.duplicates) : std::vector<NearDuplicate>();
  TileProgress counter(progress, input.images.size() + contacts.images.size() + near.size());
  TileWriter writer(page, counter);
  CLIPCLUSTER_ASSIGN_OR_RETURN(tiles.contacts,
                               writer.draw("contact", contact_layout(), contacts.images, input.thumbnail));
  CLIPCLUSTER_ASSIGN_OR_RETURN(tiles.near, draw_near_duplicates(input, near, writer));
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      tiles.all, writer.draw("tiles", sheet_layout(input.images.size()), order.image_at, input.thumbnail));
  return tiles;
}

Status write_lists(const ReportInput& input, const PageOrder& order, const DrawnTiles& tiles,
                   PageFolder& page) {
  const auto write = [&](const PageScript& script) { return page.write(script.name, script.content); };
  for (std::size_t chunk = 0; chunk < chunk_count(input.images.size()); ++chunk) {
    CLIPCLUSTER_RETURN_IF_ERROR(write(paths_script(input, order, chunk)));
  }
  for (std::size_t chunk = 0; chunk < chunk_count(input.duplicates.size()); ++chunk) {
    CLIPCLUSTER_RETURN_IF_ERROR(write(duplicates_script(input, order, tiles.near, chunk)));
  }
  const auto skipped = skipped_by_reason(input.skipped);
  for (std::size_t chunk = 0; chunk < chunk_count(skipped.size()); ++chunk) {
    CLIPCLUSTER_RETURN_IF_ERROR(write(skipped_script(skipped, chunk)));
  }
  return Status();
}

Status write_files(const ReportInput& input, PageFolder& page, Progress& progress) {
  const PageOrder order = make_page_order(input);
  const ContactSheets contacts = choose_contacts(input);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const DrawnTiles tiles, draw_tiles(input, order, contacts, page, progress));
  const PageScript summary = summary_script(input, order, contacts, tiles);
  const PageScript points = points_script(input, order, tiles);
  CLIPCLUSTER_RETURN_IF_ERROR(page.write(summary.name, summary.content));
  CLIPCLUSTER_RETURN_IF_ERROR(page.write(points.name, points.content));
  CLIPCLUSTER_RETURN_IF_ERROR(write_lists(input, order, tiles, page));
  for (const PageAsset& asset : page_assets()) {
    if (asset.name != "index.html") CLIPCLUSTER_RETURN_IF_ERROR(page.write(asset.name, asset.content));
  }
  return progress.cancelled() ? Status::cancelled() : Status();
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string index_html(const ReportInput& input, const std::string& files_name) {
  const auto assets = page_assets();
  const auto index =
      std::find_if(assets.begin(), assets.end(), [](const PageAsset& a) { return a.name == "index.html"; });
  std::string html(index->content);
  replace_all(html, "{{files}}", files_name);
  replace_all(html, "{{title}}", input.title.empty() ? "Clusters" : escape_html(input.title));
  return html;
}

Status write_page(const ReportInput& input, const std::string& folder, Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(check(input));
  CLIPCLUSTER_ASSIGN_OR_RETURN(PageFolder page, PageFolder::open(folder));
  Status status = write_files(input, page, progress);
  if (status.is_ok()) status = page.publish(index_html(input, page.files_name()));
  if (!status.is_ok()) page.discard();
  return status;
}

}  // namespace
}  // namespace report

Status write_report(const ReportInput& input, const std::string& folder, Progress& progress) {
  try {
    return report::write_page(input, folder, progress);
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("not enough memory to write the page");
  } catch (const std::exception& error) {
    return Status::internal(fmt::format("writing the page to {} failed: {}", folder, error.what()));
  }
}

}  // namespace clipcluster
