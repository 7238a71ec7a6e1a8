// Parts of a project: a cluster clustered again by itself, and what metadata says of the clusters.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "clipcluster/pipeline.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

struct RefineOptions {
  std::vector<std::string> clusters;  // labels ("7") or names
  bool noise = false;                 // also what is in no cluster
  FitOptions fit;
  std::function<void(const std::string&)> note;  // sentences for the person
};

struct RefineSummary {
  std::string folder;  // absolute, of the slice
  SliceOrigin origin;
  bool made = false;  // false: it was there, and was brought up to date
  RunSummary run;     // embedded is always 0
};

// Where the slice of these clusters goes when nobody says: inside the project, slices/cluster-7,
// slices/cluster-3+7, slices/noise.
Result<std::string> default_slice_folder(const std::string& project,
                                         const std::vector<std::string>& clusters, bool noise);

// Makes a project of its own of the images of some clusters (held-out images, copies and near-duplicates
// included), or brings it up to date: files, embeddings and thumbnails are copied from `project`, nothing
// is decoded or embedded, and what is copied is fitted with `options.fit`. `folder` empty:
// default_slice_folder. Errors: not_found, naming the clusters, for a cluster that is not there;
// invalid_argument for too few images to fall apart, and for a folder that holds something else: another
// project, a slice of another one, or a slice with which the images have less than half in common, since
// a new fit gave the cluster's number to others; io while another process writes to `project`.
Result<RefineSummary> refine_project(const std::string& project, const std::string& folder,
                                     const RefineOptions& options, Progress& progress = Progress::none());

// How often each value of a column stands for the images of each cluster. All present files count, copies
// and near-duplicates included.
struct ValueCounts {
  std::string column;
  std::vector<std::string> values;  // most frequent first, ties by bytes
  struct Row {
    std::int32_t label = -1;
    std::vector<std::uint64_t> counts;  // beside `values`
    std::uint64_t without = 0;          // files without a line in the metadata
    std::uint64_t files = 0;
  };
  std::vector<Row> rows;  // by label, then noise
};

// `column`: of the project's metadata, or of `metadata` if that is not empty; "folder", if no column has
// that name, is the folder that a file lies in. not_found, naming the columns, when there is none such.
Result<ValueCounts> count_values(const std::string& project, const std::string& column,
                                 const std::string& metadata = "");

}  // namespace clipcluster
