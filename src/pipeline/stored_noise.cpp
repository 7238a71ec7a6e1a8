#include "pipeline/stored_noise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace clipcluster::internal {
namespace {

constexpr const char* kKind = "noise";
constexpr int kNoiseVersion = 1;

Status corrupt() {
  return Status::corrupt(
      "what the project notes about noise does not fit its fit. Run clipcluster run again.");
}

// The single numbers of the rule, in their order.
std::vector<double> numbers_of(const NoiseRule& rule) {
  return {rule.reach,          static_cast<double>(rule.neighbors), rule.unlike_distance,
          rule.least_sureness, rule.least_sureness_of_unlike,       rule.least_neighbor_share};
}

Status set_numbers(const std::vector<double>& numbers, NoiseRule& rule) {
  if (numbers.size() != 5 && numbers.size() != 6) return corrupt();
  if (!(numbers[0] > 0.0) || !(numbers[1] >= 0.0 && numbers[1] <= kNoiseNeighbors)) return corrupt();
  rule.reach = numbers[0];
  rule.neighbors = static_cast<int>(numbers[1]);
  rule.unlike_distance = numbers[2];
  rule.least_sureness = numbers[3];
  rule.least_sureness_of_unlike = numbers[4];
  if (numbers.size() == 6) rule.least_neighbor_share = numbers[5];  // not in older projects
  return {};
}

Status read_rule(const NamedArrays& arrays, std::size_t clusters, NoiseRule& rule) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string policy, arrays.text("policy"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(rule.options, parse_noise_options(policy));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<double> numbers, arrays.column<double>("rule"));
  CLIPCLUSTER_RETURN_IF_ERROR(set_numbers(numbers, rule));
  CLIPCLUSTER_ASSIGN_OR_RETURN(rule.core_probability, arrays.column<double>("core_probability"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(rule.assigned_probability, arrays.column<double>("assigned_probability"));
  const bool fits =
      rule.core_probability.size() == clusters && rule.assigned_probability.size() == clusters;
  return fits ? Status() : corrupt();
}

Status read_tiers(const NamedArrays& arrays, std::size_t points, StoredNoise& noise) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<std::uint8_t> tiers, arrays.column<std::uint8_t>("tiers"));
  if (tiers.size() != points) return corrupt();
  for (const std::uint8_t tier : tiers) {
    if (tier > static_cast<std::uint8_t>(Tier::other)) return corrupt();
    noise.tiers.push_back(static_cast<Tier>(tier));
  }
  return {};
}

Status read_points(const NamedArrays& arrays, std::size_t points, std::size_t clusters,
                   StoredNoise& noise) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto rows, arrays.column<std::int32_t>("points"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto reasons, arrays.column<std::uint8_t>("reasons"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto sureness, arrays.column<double>("sureness"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto labels, arrays.matrix<std::int32_t>("nearest_clusters"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto distances, arrays.matrix<double>("nearest_distances"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto gaps, arrays.column<double>("nearest_gaps"));
  const std::size_t count = rows.size();
  if (reasons.size() != count || sureness.size() != count || gaps.size() != count ||
      labels.rows() != count || distances.rows() != count || labels.cols() != kNearestClusters ||
      distances.cols() != kNearestClusters) {
    return corrupt();
  }
  noise.place.assign(points, -1);
  std::int64_t last = -1;
  for (std::size_t i = 0; i < count; ++i) {
    if (rows[i] <= last || static_cast<std::size_t>(rows[i]) >= points ||
        reasons[i] > static_cast<std::uint8_t>(NoiseReason::blank)) {
      return corrupt();
    }
    last = rows[i];
    StoredNoisePoint point{rows[i], static_cast<NoiseReason>(reasons[i]), sureness[i], {}};
    for (std::size_t j = 0; j < kNearestClusters; ++j) {
      point.nearest.labels[j] = labels.view()(i, j);
      point.nearest.distances[j] = distances.view()(i, j);
      if (point.nearest.labels[j] < -1 || point.nearest.labels[j] >= static_cast<std::int64_t>(clusters))
        return corrupt();
    }
    point.nearest.gap = gaps[i];
    noise.place[static_cast<std::size_t>(rows[i])] = static_cast<std::int32_t>(i);
    noise.noise.push_back(point);
  }
  return {};
}

Status read_groups(const NamedArrays& arrays, std::size_t points, StoredNoise& noise) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto sizes, arrays.column<std::int32_t>("group_sizes"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto cohesion, arrays.column<double>("group_cohesion"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto rows, arrays.column<std::int32_t>("group_points"));
  if (cohesion.size() != sizes.size()) return corrupt();
  std::size_t next = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 0 || static_cast<std::size_t>(sizes[i]) > rows.size() - next) return corrupt();
    NoiseGroup group;
    group.cohesion = cohesion[i];
    for (std::int32_t j = 0; j < sizes[i]; ++j, ++next) {
      if (rows[next] < 0 || static_cast<std::size_t>(rows[next]) >= points) return corrupt();
      group.rows.push_back(rows[next]);
    }
    noise.groups.push_back(std::move(group));
  }
  return {};
}

}  // namespace

NamedArrays to_arrays(const StoredNoise& noise) {
  NamedArrays arrays(kKind, kNoiseVersion);
  arrays.set_text("policy", noise_options_text(noise.rule.options));
  arrays.add("rule", numbers_of(noise.rule));
  arrays.add("core_probability", noise.rule.core_probability);
  arrays.add("assigned_probability", noise.rule.assigned_probability);
  std::vector<std::uint8_t> tiers;
  for (const Tier tier : noise.tiers) tiers.push_back(static_cast<std::uint8_t>(tier));
  arrays.add("tiers", tiers);

  std::vector<std::int32_t> points;
  std::vector<std::uint8_t> reasons;
  std::vector<double> sureness;
  std::vector<double> gaps;
  MatrixI labels(noise.noise.size(), kNearestClusters);
  Matrix<double> distances(noise.noise.size(), kNearestClusters);
  for (std::size_t i = 0; i < noise.noise.size(); ++i) {
    const StoredNoisePoint& point = noise.noise[i];
    points.push_back(point.point);
    reasons.push_back(static_cast<std::uint8_t>(point.reason));
    sureness.push_back(point.sureness);
    gaps.push_back(point.nearest.gap);
    std::copy(point.nearest.labels.begin(), point.nearest.labels.end(), labels.row(i));
    std::copy(point.nearest.distances.begin(), point.nearest.distances.end(), distances.row(i));
  }
  arrays.add("points", points);
  arrays.add("reasons", reasons);
  arrays.add("sureness", sureness);
  arrays.add("nearest_gaps", gaps);
  arrays.add("nearest_clusters", SharedMatrix<std::int32_t>(std::move(labels)));
  arrays.add("nearest_distances", SharedMatrix<double>(std::move(distances)));

  std::vector<std::int32_t> sizes;
  std::vector<std::int32_t> group_points;
  std::vector<double> cohesion;
  for (const NoiseGroup& group : noise.groups) {
    sizes.push_back(static_cast<std::int32_t>(group.rows.size()));
    cohesion.push_back(group.cohesion);
    group_points.insert(group_points.end(), group.rows.begin(), group.rows.end());
  }
  arrays.add("group_sizes", sizes);
  arrays.add("group_cohesion", cohesion);
  arrays.add("group_points", group_points);
  return arrays;
}

Result<std::optional<StoredNoise>> stored_noise(const ProjectFitArrays& arrays, std::size_t points,
                                                std::size_t clusters) {
  if (!arrays.noise) return std::optional<StoredNoise>();
  if (arrays.noise->kind() != kKind) return corrupt();
  if (arrays.noise->version() != kNoiseVersion) {
    return Status::unsupported(
        fmt::format("what the project notes about noise has version {}, this program reads version {}; run "
                    "clipcluster run again, or use a program as new as the project",
                    arrays.noise->version(), kNoiseVersion));
  }
  StoredNoise noise;
  CLIPCLUSTER_RETURN_IF_ERROR(read_rule(*arrays.noise, clusters, noise.rule));
  CLIPCLUSTER_RETURN_IF_ERROR(read_tiers(*arrays.noise, points, noise));
  CLIPCLUSTER_RETURN_IF_ERROR(read_points(*arrays.noise, points, clusters, noise));
  CLIPCLUSTER_RETURN_IF_ERROR(read_groups(*arrays.noise, points, noise));
  return std::optional<StoredNoise>(std::move(noise));
}

Status add_noise(const ProjectFitArrays& arrays, ReportInput& input) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<StoredNoise> noise,
                               stored_noise(arrays, input.images.size(), input.clusters.size()));
  if (!noise) {
    for (ReportImage& image : input.images) image.tier = image.label < 0 ? Tier::other : Tier::member;
    return {};
  }
  for (std::size_t i = 0; i < input.images.size(); ++i) {
    ReportImage& image = input.images[i];
    image.tier = noise->tiers[i];
    const StoredNoisePoint* point = noise->noise_point(i);
    if (point == nullptr) continue;
    image.reason = point->reason;
    for (const std::int32_t label : point->nearest.labels) {
      if (label >= 0) image.nearest_clusters.push_back(label);
    }
  }
  for (const NoiseGroup& group : noise->groups) {
    input.noise_groups.push_back({std::vector<std::uint32_t>(group.rows.begin(), group.rows.end())});
  }
  return {};
}

}  // namespace clipcluster::internal
