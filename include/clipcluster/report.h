// The page: static files that open from disk without a network, to look at the clusters.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clipcluster/noise.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

struct ReportImage {
  std::string path;         // absolute, of the original file
  std::int32_t label = -1;  // index into clusters, -1 noise
  float probability = 0.0F;
  float outlier_score = 0.0F;
  float x = 0.0F;  // place on the map, any scale
  float y = 0.0F;
  std::uint32_t duplicates = 0;                // files that follow this image: copies, near-duplicates
  bool held_out = false;                       // not part of the fit, assigned afterwards
  Tier tier = Tier::member;                    // of a label: core, member or assigned
  NoiseReason reason = NoiseReason::none;      // why it was in no cluster; also of assigned ones
  std::vector<std::int32_t> nearest_clusters;  // of such an image, nearest first; may be empty
  std::optional<float> confidence;             // 0..1, calibrated; none without a consensus
};

struct ReportCluster {
  std::string name;        // empty if it has none
  bool weak_name = false;  // it hardly fits; the name then ends in "?"
  // Words of the vocabulary that fit it best, with their scores; empty where no model named it.
  std::vector<std::pair<std::string, double>> fitting_words;
  double persistence = 0.0;
  std::vector<std::uint32_t> typical;   // indices into images, best first
  std::vector<std::uint32_t> doubtful;  // indices into images, most doubtful first
  std::optional<double> stability;      // 0..1 over seeds and subsamples; none without a consensus
  bool unstable = false;                // too low to rely on
};

// A group inside the noise that could become a cluster.
struct ReportNoiseGroup {
  std::vector<std::uint32_t> images;  // indices into images, most typical first
};

// One setting that `tune` tried. `chosen`: the one the project uses.
struct ReportTuningRow {
  std::vector<std::string> cells;  // beside ReportTuning::columns
  bool chosen = false;
};
struct ReportTuning {
  std::string explanation;  // two sentences; empty: never tuned
  std::vector<std::string> columns;
  std::vector<ReportTuningRow> rows;  // best first
  bool in_use = false;                // the clusters shown were made with the chosen row
};

// Calibration of the confidences: images grouped by confidence, in ascending order.
struct ReportReliabilityBin {
  double confidence = 0.0;  // mean of the bin
  double agreement = 0.0;   // share of them whose known class is the one that most of their cluster have
  std::uint64_t count = 0;
};
struct ReportReliability {
  std::vector<ReportReliabilityBin> bins;  // empty: no confidences, or no known classes
  double expected_calibration_error = 0.0;
};

// An image that is nearly the kept one: encoded again, resized, cropped a little, marked.
struct ReportNearDuplicate {
  std::string path;                 // absolute
  std::vector<std::string> copies;  // absolute paths of files with the same pixels as this one
};

struct ReportDuplicateGroup {
  std::uint32_t kept = 0;                 // index into images
  std::vector<std::string> copies;        // absolute paths of files with the same pixels as the kept one
  std::vector<ReportNearDuplicate> near;  // of a group that has no copies, at least one
};

struct ReportSkipped {
  std::string path;
  std::string reason;  // skip_reason_name
  std::string message;
};

// A titled table under "How it was made".
struct ReportSection {
  std::string title;
  std::vector<std::pair<std::string, std::string>> rows;
};

// HDBSCAN's condensed tree for drawing: a cluster's points over lambda (1 / distance), at steps of
// equal ratio from birth to death.
struct ReportTreeCluster {
  std::int32_t parent = -1;  // index into the tree, before this one; -1: the root
  std::int32_t label = -1;   // index into clusters if it is one of them
  double birth = 0.0;        // lambda, above 0
  double death = 0.0;
  std::vector<std::int32_t> counts;  // images still in it at each step
};

// How the clusters lie in each other (cluster_hierarchy in hdbscan.h): leaves are clusters, inner nodes the
// groups that they come from.
struct ReportHierarchyNode {
  std::int32_t parent = -1;  // index into the hierarchy, before this one; -1: on top
  std::int32_t label = -1;   // index into clusters; -1: an inner node, with at least two children
  // Mutual reachability distance at which an inner node falls apart into its children; 0 of a cluster.
  double distance = 0.0;
  std::uint64_t size = 0;  // of a cluster its images, of an inner node those of the clusters below it
};

struct ReportInput {
  std::string title;
  std::vector<ReportImage> images;
  std::vector<ReportCluster> clusters;  // by label
  std::vector<std::uint32_t> noise;     // indices into images, in the order they should be shown
  std::vector<ReportDuplicateGroup> duplicates;
  bool near_duplicates_sought = false;  // also where none were found
  std::vector<ReportSkipped> skipped;
  std::vector<ReportSection> sections;
  int consensus_runs = 0;  // runs whose clusterings the clusters are the agreement of; 0: of one fit
  std::vector<ReportTreeCluster> tree;         // empty for none
  std::vector<ReportHierarchyNode> hierarchy;  // parents before children; empty: no clusters
  std::vector<ReportNoiseGroup> noise_groups;  // largest first
  ReportTuning tuning;
  ReportReliability reliability;
  std::string warning;  // shown at the top; empty for none
  // JPEG of the image with this index, longer side at most 256; called from one thread at a time.
  // May be null: the page then shows dots only.
  std::function<Result<std::vector<std::uint8_t>>(std::uint32_t)> thumbnail;
  // The same of duplicates[group].near[i]; may be null. Not asked for without `thumbnail`.
  std::function<Result<std::vector<std::uint8_t>>(std::size_t group, std::size_t i)> near_thumbnail;
};

// Writes index.html and what it needs into `folder`, which is created; a page already there is
// replaced, anything else in the folder is left alone.
Status write_report(const ReportInput& input, const std::string& folder,
                    Progress& progress = Progress::none());

}  // namespace clipcluster
