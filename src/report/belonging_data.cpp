#include "report/belonging_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/page_text.h"

namespace clipcluster::report {
namespace {

template <class Value>
std::string column(const ReportInput& input, const PageOrder& order, std::uint8_t usual, Value value) {
  std::vector<std::uint8_t> bytes(order.image_at.size());
  std::transform(order.image_at.begin(), order.image_at.end(), bytes.begin(),
                 [&](std::uint32_t i) { return value(input.images[i]); });
  const bool all_usual = std::all_of(bytes.begin(), bytes.end(), [&](auto byte) { return byte == usual; });
  return all_usual ? std::string() : base64_column(bytes);
}

// An image in no cluster is `other` whatever the project says of it.
std::uint8_t tier_of(const ReportImage& image) {
  if (image.label < 0) return static_cast<std::uint8_t>(Tier::other);
  return static_cast<std::uint8_t>(image.tier == Tier::other ? Tier::member : image.tier);
}

bool has_tiers(const ReportInput& input) {
  return std::any_of(input.images.begin(), input.images.end(), [](const ReportImage& image) {
    return image.label >= 0 && tier_of(image) != static_cast<std::uint8_t>(Tier::member);
  });
}

std::uint8_t confidence_of(const ReportImage& image) {
  if (!image.confidence || !std::isfinite(*image.confidence)) return no_confidence;
  return static_cast<std::uint8_t>(std::lround(std::clamp(*image.confidence, 0.0F, 1.0F) * 254.0F));
}

std::string nearest_column(const ReportInput& input, const PageOrder& order) {
  std::vector<std::uint16_t> labels;
  for (const std::uint32_t i : order.image_at) {
    const ReportImage& image = input.images[i];
    if (image.reason == NoiseReason::none) continue;
    for (std::size_t k = 0; k < nearest_shown; ++k) {
      const bool named = k < image.nearest_clusters.size() && image.nearest_clusters[k] < no_cluster;
      labels.push_back(named ? static_cast<std::uint16_t>(image.nearest_clusters[k]) : no_cluster);
    }
  }
  const bool none =
      std::all_of(labels.begin(), labels.end(), [](auto label) { return label == no_cluster; });
  return none ? std::string() : base64_column(labels);
}

}  // namespace

nlohmann::json belonging_json(const ReportInput& input, const PageOrder& order) {
  const auto reason = [](const ReportImage& image) { return static_cast<std::uint8_t>(image.reason); };
  const auto no_reason = static_cast<std::uint8_t>(NoiseReason::none);
  return {{"tier", has_tiers(input) ? column(input, order, 255, tier_of) : std::string()},
          {"reason", column(input, order, no_reason, reason)},
          {"confidence", column(input, order, no_confidence, confidence_of)},
          {"nearest", nearest_column(input, order)}};
}

Status check_belonging(const ReportInput& input) {
  const auto clusters = static_cast<std::int64_t>(input.clusters.size());
  for (const ReportImage& image : input.images) {
    for (const std::int32_t label : image.nearest_clusters) {
      if (label >= 0 && label < clusters) continue;
      return Status::invalid_argument(
          fmt::format("{} is said to be near the cluster {}, but there are only {} clusters", image.path,
                      label, clusters));
    }
  }
  return Status();
}

}  // namespace clipcluster::report
