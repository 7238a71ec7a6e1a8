#include "pipeline/near_duplicates.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "clipcluster/images.h"
#include "clipcluster/parallel.h"
#include "pipeline/options_json.h"

namespace clipcluster::internal {
namespace {

constexpr const char* kSetting = "near duplicates";
// Of how pictures are compared: groups that were found another way are found again. 2: with colours.
// 3: frames by the whole of a line, overlaps as areas, outliers among blocks.
constexpr int kMethod = 3;
constexpr std::size_t kThumbnailsAtOnce = 1024;

nlohmann::ordered_json options_json(const DedupOptions& options) {
  return {{"agreement", options.duplicates.agreement},
          {"overlap", options.duplicates.overlap},
          {"candidates", options.duplicates.candidates},
          {"keep", keep_rule_name(options.keep)}};
}

Result<DedupOptions> options_from(const nlohmann::ordered_json& json) {
  DedupOptions options;
  options.duplicates.agreement = json.value("agreement", options.duplicates.agreement);
  options.duplicates.overlap = json.value("overlap", options.duplicates.overlap);
  options.duplicates.candidates = json.value("candidates", options.duplicates.candidates);
  CLIPCLUSTER_ASSIGN_OR_RETURN(options.keep, parse_keep_rule(json.value("keep", "")));
  return options;
}

std::string key_of(const Project& project, const std::vector<DistinctImage>& distinct,
                   const ProjectFiles& files, const DedupOptions& options) {
  std::string text = fmt::format("method {}\n{}\n", kMethod, dump(options_json(options)));
  if (project.space()) text += project.space()->fingerprint + ' ' + project.space()->precision + '\n';
  for (const DistinctImage& image : distinct) {
    const ProjectImage& file = files.images[image.files.front()];
    text += fmt::format("{} {} {}\n", image.content.pixel_hash, file.modified_ns, file.path);
  }
  return hash_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

// From the thumbnails: nothing is decoded again at full size.
Result<std::vector<PictureSquare>> picture_squares(const Project& project,
                                                   const std::vector<DistinctImage>& distinct,
                                                   Progress& progress) {
  std::vector<PictureSquare> squares(distinct.size());
  std::atomic<std::size_t> broken = distinct.size();
  const auto make = [&](std::size_t i) {
    const auto thumbnail = project.thumbnail(distinct[i].content);
    if (!thumbnail.is_ok() || thumbnail.value().empty()) return false;
    const DecodeResult decoded = decode_image(thumbnail.value());
    if (!std::holds_alternative<DecodedImage>(decoded)) return false;
    squares[i] = make_picture_square(std::get<DecodedImage>(decoded).image);
    return true;
  };
  for (std::size_t first = 0; first < distinct.size(); first += kThumbnailsAtOnce) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"reading thumbnails", first, distinct.size(), "images", 0});
    parallel_for(std::min(kThumbnailsAtOnce, distinct.size() - first), 16,
                 [&](std::size_t begin, std::size_t end) {
                   for (std::size_t i = first + begin; i < first + end; ++i) {
                     if (!make(i)) broken = i;
                   }
                 });
  }
  progress.report({"reading thumbnails", distinct.size(), distinct.size(), "images", 0});
  if (broken < distinct.size()) {
    return Status::corrupt(fmt::format(
        "the thumbnail of content {} in '{}' cannot be read. Remove the project folder and run again.",
        distinct[broken].content.id, project.folder()));
  }
  return squares;
}

// Smaller is better.
using Preference =
    std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::size_t, std::string>;

Preference preference(const DistinctImage& image, const ProjectImage& file, KeepRule rule) {
  const auto pixels = std::int64_t{image.content.width} * image.content.height;
  std::int64_t first = 0;
  if (rule == KeepRule::oldest) first = file.modified_ns;
  if (rule == KeepRule::shortest_path) first = static_cast<std::int64_t>(file.path.size());
  return {first,    -pixels, -static_cast<std::int64_t>(file.bytes), file.modified_ns, file.path.size(),
          file.path};
}

std::vector<std::uint32_t> order_of(const std::vector<DistinctImage>& distinct, const ProjectFiles& files,
                                    KeepRule rule) {
  std::vector<Preference> preferences;
  for (const DistinctImage& image : distinct) {
    const ProjectImage& file = files.images[preferred_file(image, files, rule)];
    preferences.push_back(preference(image, file, rule));
  }
  std::vector<std::uint32_t> order(distinct.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return preferences[a] < preferences[b]; });
  return order;
}

Status store(Project& project, const StoredDuplicates& duplicates) {
  std::map<std::string, const FollowedContent*> sorted;
  for (const auto& [copy, followed] : duplicates.followed) sorted.emplace(copy, &followed);
  auto copies = nlohmann::ordered_json::array();
  for (const auto& [copy, followed] : sorted) copies.push_back({copy, followed->kept, followed->agreement});
  const nlohmann::ordered_json json = {{"options", options_json(duplicates.options)},
                                       {"key", duplicates.key},
                                       {"copies", std::move(copies)}};
  return project.set_setting(kSetting, dump(json));
}

Status check_ready(const Project& project, const std::vector<DistinctImage>& distinct) {
  if (project.kind() != ProjectKind::images) {
    return Status::unsupported("the project in '" + project.folder() +
                               "' holds vectors, not images: there are no pictures to compare.");
  }
  const auto waiting = std::count_if(distinct.begin(), distinct.end(), [](const DistinctImage& image) {
    return image.content.embedding_row < 0;
  });
  if (!distinct.empty() && waiting == 0) return {};
  return Status::not_found(fmt::format("{} of {} images in '{}' are embedded. Run clipcluster run first.",
                                       distinct.size() - static_cast<std::size_t>(waiting), distinct.size(),
                                       project.folder()));
}

}  // namespace

Result<std::optional<StoredDuplicates>> read_duplicates(const Project& project) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> text, project.setting(kSetting));
  if (!text || text->empty()) return std::optional<StoredDuplicates>();
  const Status damaged = Status::corrupt("what '" + project.folder() +
                                         "' says of near-duplicates cannot be read. Run clipcluster dedup "
                                         "again.");
  const auto json = nlohmann::ordered_json::parse(*text, nullptr, false);
  if (!json.is_object() || !json.contains("copies") || !json["copies"].is_array()) return damaged;
  StoredDuplicates duplicates;
  CLIPCLUSTER_ASSIGN_OR_RETURN(duplicates.options,
                               options_from(json.value("options", nlohmann::ordered_json::object())));
  duplicates.key = json.value("key", "");
  for (const auto& entry : json["copies"]) {
    if (!entry.is_array() || entry.size() != 3 || !entry[0].is_string() || !entry[1].is_string() ||
        !entry[2].is_number()) {
      return damaged;
    }
    duplicates.followed[entry[0].get<std::string>()] = {entry[1].get<std::string>(),
                                                        entry[2].get<double>()};
  }
  return std::optional<StoredDuplicates>(std::move(duplicates));
}

Result<StoredDuplicates> update_duplicates(Project& project, const DedupOptions& options,
                                           Progress& progress) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ProjectFiles files, read_project_files(project));
  const std::vector<DistinctImage>& distinct = files.distinct;
  CLIPCLUSTER_RETURN_IF_ERROR(check_ready(project, distinct));
  StoredDuplicates duplicates;
  duplicates.options = options;
  duplicates.key = key_of(project, distinct, files, options);
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::optional<StoredDuplicates> former, read_duplicates(project));
  if (former && former->key == duplicates.key) return std::move(*former);

  std::vector<std::int64_t> rows;
  for (const DistinctImage& image : distinct) rows.push_back(image.content.embedding_row);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const SharedMatrix<float> embeddings, project.embedding_rows(rows));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<PictureSquare> squares,
                               picture_squares(project, distinct, progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      const NearDuplicates found,
      find_near_duplicates(embeddings, squares, order_of(distinct, files, options.keep), options.duplicates,
                           progress));
  for (std::size_t i = 0; i < distinct.size(); ++i) {
    if (found.kept[i] == i) continue;
    duplicates.followed[distinct[i].content.pixel_hash] = {distinct[found.kept[i]].content.pixel_hash,
                                                           found.agreement[i]};
  }
  CLIPCLUSTER_RETURN_IF_ERROR(store(project, duplicates));
  return duplicates;
}

std::size_t preferred_file(const DistinctImage& image, const ProjectFiles& files, KeepRule rule) {
  return *std::min_element(image.files.begin(), image.files.end(), [&](std::size_t a, std::size_t b) {
    return preference(image, files.images[a], rule) < preference(image, files.images[b], rule);
  });
}

Status drop_duplicates(Project& project) { return project.set_setting(kSetting, ""); }

void leave_out_copies(const StoredDuplicates& duplicates, std::vector<DistinctImage>& distinct) {
  std::unordered_set<std::string> present;
  for (const DistinctImage& image : distinct) present.insert(image.content.pixel_hash);
  std::erase_if(distinct, [&](const DistinctImage& image) {
    const auto followed = duplicates.followed.find(image.content.pixel_hash);
    return followed != duplicates.followed.end() && present.contains(followed->second.kept);
  });
}

}  // namespace clipcluster::internal
