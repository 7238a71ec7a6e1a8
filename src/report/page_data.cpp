#include "report/page_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "report/belonging_data.h"
#include "report/duplicates_data.h"
#include "report/hierarchy_data.h"
#include "report/page_text.h"
#include "report/picture_levels.h"
#include "report/quality_data.h"
#include "report/tree_data.h"

namespace clipcluster::report {
namespace {

using Json = nlohmann::json;

constexpr std::size_t most_typical_shown = 24;
constexpr std::size_t most_doubtful_shown = 12;
constexpr std::size_t noise_in_contact_sheets = 400;
constexpr std::size_t most_of_noise_group_shown = 24;

template <class T>
std::vector<T> first_of(const std::vector<T>& list, std::size_t most) {
  return {list.begin(), list.begin() + static_cast<std::ptrdiff_t>(std::min(list.size(), most))};
}

std::vector<std::uint32_t> to_places(const PageOrder& order, const std::vector<std::uint32_t>& images) {
  std::vector<std::uint32_t> places(images.size());
  std::transform(images.begin(), images.end(), places.begin(),
                 [&](std::uint32_t i) { return order.place_of[i]; });
  return places;
}

// Numbers that JSON cannot hold (NaN, infinity) would become null.
double finite(double value) { return std::isfinite(value) ? value : 0.0; }

std::uint16_t to_16_bits(float share) {
  return static_cast<std::uint16_t>(std::lround(std::clamp(finite(share), 0.0, 1.0) * 65535.0));
}

double mean_probability(const ReportInput& input, const PageOrder& order, std::uint32_t begin,
                        std::uint32_t end) {
  double sum = 0.0;
  for (std::uint32_t place = begin; place < end; ++place) {
    sum += finite(input.images[order.image_at[place]].probability);
  }
  return begin < end ? sum / (end - begin) : 0.0;
}

Json words_json(const std::vector<std::pair<std::string, double>>& words) {
  Json json = Json::array();
  for (const auto& [word, score] : words) json.push_back({word, short_number(score)});
  return json;
}

Json clusters_json(const ReportInput& input, const PageOrder& order) {
  Json clusters = Json::array();
  for (std::size_t c = 0; c < input.clusters.size(); ++c) {
    const ReportCluster& cluster = input.clusters[c];
    const std::uint32_t begin = order.cluster_begin[c + 1];
    const std::uint32_t end = order.cluster_begin[c + 2];
    clusters.push_back({{"name", cluster.name},
                        {"weak_name", cluster.weak_name},
                        {"fitting_words", words_json(cluster.fitting_words)},
                        {"begin", begin},
                        {"end", end},
                        {"persistence", finite(cluster.persistence)},
                        {"probability", mean_probability(input, order, begin, end)},
                        {"stability", cluster.stability ? Json(short_number(*cluster.stability)) : Json()},
                        {"unstable", cluster.unstable},
                        {"typical", to_places(order, first_of(cluster.typical, most_typical_shown))},
                        {"doubtful", to_places(order, first_of(cluster.doubtful, most_doubtful_shown))}});
  }
  return clusters;
}

// In the order asked for; noise that the list leaves out follows at the end.
std::vector<std::uint32_t> noise_places(const ReportInput& input, const PageOrder& order) {
  std::vector<bool> listed(order.cluster_begin[1], false);
  std::vector<std::uint32_t> places;
  for (const std::uint32_t image : input.noise) {
    const std::uint32_t place = order.place_of[image];
    if (place >= listed.size() || listed[place]) continue;
    listed[place] = true;
    places.push_back(place);
  }
  for (std::uint32_t place = 0; place < listed.size(); ++place) {
    if (!listed[place]) places.push_back(place);
  }
  return places;
}

Json tile_sizes_json(const std::vector<TileSize>& sizes) {
  std::vector<std::uint8_t> widths(sizes.size());
  std::vector<std::uint8_t> heights(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    widths[i] = sizes[i].width;
    heights[i] = sizes[i].height;
  }
  return {{"widths", base64_column(widths)}, {"heights", base64_column(heights)}};
}

Json contacts_json(const PageOrder& order, const ContactSheets& contacts, const DrawnTiles& tiles) {
  Json json = layout_json(contact_layout());
  json["places"] = base64_column(to_places(order, contacts.images));
  json.update(tile_sizes_json(tiles.contacts));
  return json;
}

Json skipped_json(const std::vector<ReportSkipped>& skipped) {
  Json reasons = Json::array();
  for (const ReportSkipped* file : skipped_by_reason(skipped)) {
    if (reasons.empty() || reasons.back()["reason"] != file->reason) {
      reasons.push_back({{"reason", file->reason}, {"count", 0}});
    }
    reasons.back()["count"] = reasons.back()["count"].get<std::size_t>() + 1;
  }
  return {{"count", skipped.size()}, {"reasons", reasons}};
}

// A list of places each.
Json noise_groups_json(const ReportInput& input, const PageOrder& order) {
  Json groups = Json::array();
  for (const ReportNoiseGroup& group : input.noise_groups) {
    groups.push_back(base64_column(to_places(order, group.images)));
  }
  return groups;
}

Json sections_json(const std::vector<ReportSection>& sections) {
  Json json = Json::array();
  for (const ReportSection& section : sections)
    json.push_back({{"title", section.title}, {"rows", section.rows}});
  return json;
}

// Gives each folder a number when it is first seen.
class FolderTable {
 public:
  std::size_t number(std::string_view folder) {
    const auto [known, is_new] = numbers_.try_emplace(std::string(folder), numbers_.size());
    if (is_new) names_.push_back(known->first);
    return known->second;
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::map<std::string, std::size_t, std::less<>> numbers_;
  std::vector<std::string> names_;
};

}  // namespace

ContactSheets choose_contacts(const ReportInput& input) {
  ContactSheets contacts;
  std::vector<bool> chosen(input.images.size(), false);
  const auto choose = [&](const std::vector<std::uint32_t>& images, std::size_t most) {
    for (const std::uint32_t image : first_of(images, most)) {
      if (chosen[image]) continue;
      chosen[image] = true;
      contacts.images.push_back(image);
    }
  };
  for (const ReportCluster& cluster : input.clusters) {
    choose(cluster.typical, most_typical_shown);
    choose(cluster.doubtful, most_doubtful_shown);
  }
  for (const ReportNoiseGroup& group : input.noise_groups) choose(group.images, most_of_noise_group_shown);
  choose(input.noise, noise_in_contact_sheets);
  return contacts;
}

PageScript summary_script(const ReportInput& input, const PageOrder& order, const ContactSheets& contacts,
                          const DrawnTiles& tiles) {
  const auto held_out = std::count_if(input.images.begin(), input.images.end(),
                                      [](const ReportImage& image) { return image.held_out; });
  Json json = {{"title", input.title},
               {"warning", input.warning},
               {"images", input.images.size()},
               {"held_out", held_out},
               {"clusters", clusters_json(input, order)},
               {"noise", base64_column(noise_places(input, order))},
               {"noise_groups", noise_groups_json(input, order)},
               {"duplicates", duplicates_json(input, order, tiles.near)},
               {"skipped", skipped_json(input.skipped)},
               {"sections", sections_json(input.sections)},
               {"consensus_runs", input.consensus_runs},
               {"tree", tree_json(input.tree)},
               {"hierarchy", hierarchy_json(input.hierarchy)},
               {"tuning", tuning_json(input.tuning)},
               {"reliability", reliability_json(input.reliability)},
               {"rows_per_chunk", rows_per_chunk},
               {"picture_spacing", picture_spacing(0)},
               {"picture_levels", picture_level_count},
               {"picture_levels_per_halving", picture_levels_per_halving}};
  if (!tiles.all.empty()) {
    json["tiles"] = layout_json(sheet_layout(input.images.size()));
    json["contacts"] = contacts_json(order, contacts, tiles);
  }
  return data_file("summary", json);
}

PageScript points_script(const ReportInput& input, const PageOrder& order, const DrawnTiles& tiles) {
  const std::size_t count = order.image_at.size();
  std::vector<float> xs(count);
  std::vector<float> ys(count);
  std::vector<std::uint16_t> probabilities(count);
  std::vector<std::uint16_t> outlier_scores(count);
  std::vector<std::uint8_t> held_out(count);
  for (std::size_t place = 0; place < count; ++place) {
    const ReportImage& image = input.images[order.image_at[place]];
    xs[place] = order.points[place].x;
    ys[place] = order.points[place].y;
    probabilities[place] = to_16_bits(image.probability);
    outlier_scores[place] = to_16_bits(image.outlier_score);
    held_out[place] = image.held_out ? 1 : 0;
  }
  Json json = {{"x", base64_column(xs)},
               {"y", base64_column(ys)},
               {"probability", base64_column(probabilities)},
               {"outlier_score", base64_column(outlier_scores)},
               {"held_out", base64_column(held_out)},
               {"level", base64_column(choose_picture_levels(input, order))}};
  json.update(belonging_json(input, order));
  json.update(tile_sizes_json(tiles.all));
  return data_file("points", json);
}

PageScript paths_script(const ReportInput& input, const PageOrder& order, std::size_t chunk) {
  const std::size_t begin = chunk * rows_per_chunk;
  const std::size_t end = std::min(begin + rows_per_chunk, order.image_at.size());
  FolderTable folders;
  Json at = Json::array();
  Json names = Json::array();
  Json links = Json::object();
  for (std::size_t place = begin; place < end; ++place) {
    const std::string& path = input.images[order.image_at[place]].path;
    const std::size_t name = path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1;
    at.push_back(folders.number(std::string_view(path).substr(0, name)));
    names.push_back(path.substr(name));
    if (!is_utf8(path)) links[std::to_string(place - begin)] = percent_encode_path(path);
  }
  return chunk_file("paths", chunk,
                    {{"folders", folders.names()}, {"at", at}, {"names", names}, {"links", links}});
}

PageScript skipped_script(const std::vector<const ReportSkipped*>& skipped, std::size_t chunk) {
  const std::size_t begin = chunk * rows_per_chunk;
  const std::size_t end = std::min(begin + rows_per_chunk, skipped.size());
  Json files = Json::array();
  for (std::size_t i = begin; i < end; ++i) {
    files.push_back(
        {{"path", skipped[i]->path}, {"reason", skipped[i]->reason}, {"message", skipped[i]->message}});
  }
  return chunk_file("skipped", chunk, files);
}

std::vector<const ReportSkipped*> skipped_by_reason(const std::vector<ReportSkipped>& skipped) {
  std::map<std::string_view, std::size_t> counts;
  for (const ReportSkipped& file : skipped) ++counts[file.reason];
  std::vector<const ReportSkipped*> sorted;
  sorted.reserve(skipped.size());
  for (const ReportSkipped& file : skipped) sorted.push_back(&file);
  std::stable_sort(sorted.begin(), sorted.end(), [&](const ReportSkipped* a, const ReportSkipped* b) {
    const std::size_t of_a = counts[a->reason];
    const std::size_t of_b = counts[b->reason];
    return of_a != of_b ? of_a > of_b : a->reason < b->reason;
  });
  return sorted;
}

}  // namespace clipcluster::report
