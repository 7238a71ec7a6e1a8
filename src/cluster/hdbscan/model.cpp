// The model as named arrays. docs/hdbscan.md lists them.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <new>

#include "cluster/hdbscan/finite_rows.h"
#include "cluster/hdbscan/options.h"
#include "cluster/hdbscan/prediction_index.h"

namespace clipcluster {
namespace {

constexpr const char* kKind = "hdbscan";
constexpr int kEuclideanVersion = 1;
constexpr int kNewestVersion = 2;

template <class T>
Status read_number(const NamedArrays& arrays, const std::string& name, T& value) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string text, arrays.text(name));
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return Status::corrupt(fmt::format("the hdbscan model's {} is '{}', not a number", name, text));
  }
  return {};
}

Status read_options(const NamedArrays& arrays, HdbscanOptions& options) {
  int min_samples = 0;
  int allow_single_cluster = 0;
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "min_cluster_size", options.min_cluster_size));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "min_samples", min_samples));
  CLIPCLUSTER_RETURN_IF_ERROR(
      read_number(arrays, "cluster_selection_epsilon", options.cluster_selection_epsilon));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "max_cluster_size", options.max_cluster_size));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "allow_single_cluster", allow_single_cluster));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string method, arrays.text("cluster_selection_method"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(options.cluster_selection_method, parse_cluster_selection_method(method));
  if (arrays.texts().count("metric") != 0) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string metric, arrays.text("metric"));
    CLIPCLUSTER_ASSIGN_OR_RETURN(options.metric, parse_metric(metric));
  }
  options.min_samples = min_samples;
  options.allow_single_cluster = allow_single_cluster != 0;
  return hdbscan::check_options(options);
}

Status read_condensed_tree(const NamedArrays& arrays, std::vector<CondensedRow>& rows) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto parent, arrays.column<std::int32_t>("tree_parent"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto child, arrays.column<std::int32_t>("tree_child"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto lambda, arrays.column<double>("tree_lambda"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto size, arrays.column<std::int32_t>("tree_child_size"));
  if (parent.size() != child.size() || parent.size() != lambda.size() || parent.size() != size.size()) {
    return Status::corrupt("the columns of the hdbscan model's condensed tree differ in length");
  }
  rows.reserve(parent.size());
  for (std::size_t i = 0; i < parent.size(); ++i) {
    rows.push_back({parent[i], child[i], lambda[i], size[i]});
  }
  return {};
}

// The rows must describe a tree of n points and clusters n.., parents before children, each child
// once. Everything that walks the tree relies on it.
Status check_condensed_tree(const std::vector<CondensedRow>& rows, std::size_t n) {
  const Status corrupt = Status::corrupt("the hdbscan model's condensed tree is not a tree");
  const auto root = static_cast<std::int64_t>(n);
  std::vector<std::uint8_t> seen(2 * n, 0);
  seen[n] = 1;
  std::size_t points = 0;
  std::int64_t highest = root;
  std::size_t clusters = 1;
  for (const CondensedRow& row : rows) {
    if (row.parent < root || row.parent >= 2 * root || row.child < 0 || row.child >= 2 * root)
      return corrupt;
    if (seen[static_cast<std::size_t>(row.parent)] == 0 || std::isnan(row.lambda) || row.lambda < 0.0 ||
        (row.child >= root && row.child <= row.parent)) {
      return corrupt;
    }
    std::uint8_t& child = seen[static_cast<std::size_t>(row.child)];
    if (child != 0) return corrupt;
    child = 1;
    if (row.child < root) {
      ++points;
    } else {
      ++clusters;
      highest = std::max<std::int64_t>(highest, row.child);
    }
  }
  // Cluster ids without gaps.
  return points == n && static_cast<std::int64_t>(clusters) == highest - root + 1 ? Status() : corrupt;
}

Status check_clusters(const HdbscanModel& model) {
  const auto root = static_cast<std::int64_t>(model.points.rows());
  std::int64_t last = root - 1;
  std::int64_t highest = root;
  for (const CondensedRow& row : model.condensed_tree) {
    highest = std::max<std::int64_t>(highest, row.child);
  }
  for (const std::int32_t id : model.cluster_ids) {
    if (id <= last || id > highest) {
      return Status::corrupt(fmt::format("the hdbscan model names cluster {}, which its tree has not", id));
    }
    last = id;
  }
  const auto clusters = static_cast<std::int64_t>(model.cluster_ids.size());
  for (const std::int32_t label : model.labels) {
    if (label < -1 || label >= clusters) {
      return Status::corrupt(
          fmt::format("the hdbscan model has label {} but {} clusters", label, clusters));
    }
  }
  return {};
}

Status check_lengths(const HdbscanModel& model) {
  const std::size_t n = model.points.rows();
  if (n == 0 || model.points.cols() == 0 || n > (std::size_t{1} << 30)) {
    return Status::corrupt("the hdbscan model has no points");
  }
  if (model.core_distances.size() != n || model.labels.size() != n || model.probabilities.size() != n) {
    return Status::corrupt(
        fmt::format("the hdbscan model's columns do not all have its {} points' length", n));
  }
  return {};
}

Status check_order(MatrixView<const double> points, const std::vector<std::int32_t>& order) {
  const std::vector<std::int32_t> rows = hdbscan::finite_rows(points);  // the metric moves no row out
  std::vector<std::uint8_t> wanted(points.rows(), 0);
  for (const std::int32_t row : rows) wanted[static_cast<std::size_t>(row)] = 1;
  bool fits = order.size() == rows.size();
  for (std::size_t i = 0; fits && i < order.size(); ++i) {
    fits = order[i] >= 0 && static_cast<std::size_t>(order[i]) < wanted.size() &&
           std::exchange(wanted[static_cast<std::size_t>(order[i])], 0) == 1;
  }
  return fits ? Status() : Status::corrupt("the hdbscan model's tree_order is not an order of its points");
}

template <class T, class Member>
std::vector<T> column_of(const std::vector<CondensedRow>& rows, Member member) {
  std::vector<T> column;
  column.reserve(rows.size());
  for (const CondensedRow& row : rows) column.push_back(row.*member);
  return column;
}

}  // namespace

HdbscanModel make_hdbscan_model(SharedMatrix<double> points, const HdbscanOptions& options,
                                const HdbscanResult& result) {
  HdbscanModel model{options,
                     std::move(points),
                     result.core_distances,
                     result.condensed_tree,
                     result.cluster_ids,
                     result.labels,
                     result.probabilities,
                     nullptr};
  assert(model.labels.size() == model.points.rows());
  model.index = hdbscan::build_prediction_index(model, result.tree_order);
  return model;
}

NamedArrays HdbscanModel::to_arrays() const {
  // Programs that know no metric must not take a cosine model for a Euclidean one.
  NamedArrays arrays(kKind, options.metric == Metric::euclidean ? kEuclideanVersion : kNewestVersion);
  arrays.set_text("metric", metric_name(options.metric));
  arrays.set_text("min_cluster_size", std::to_string(options.min_cluster_size));
  arrays.set_text("min_samples", std::to_string(hdbscan::requested_min_samples(options)));
  arrays.set_text("cluster_selection_epsilon", fmt::format("{}", options.cluster_selection_epsilon));
  arrays.set_text("cluster_selection_method",
                  cluster_selection_method_name(options.cluster_selection_method));
  arrays.set_text("max_cluster_size", std::to_string(options.max_cluster_size));
  arrays.set_text("allow_single_cluster", options.allow_single_cluster ? "1" : "0");
  arrays.add("points", points);
  arrays.add("core_distances", core_distances);
  arrays.add("labels", labels);
  arrays.add("probabilities", probabilities);
  arrays.add("cluster_ids", cluster_ids);
  arrays.add("tree_parent", column_of<std::int32_t>(condensed_tree, &CondensedRow::parent));
  arrays.add("tree_child", column_of<std::int32_t>(condensed_tree, &CondensedRow::child));
  arrays.add("tree_lambda", column_of<double>(condensed_tree, &CondensedRow::lambda));
  arrays.add("tree_child_size", column_of<std::int32_t>(condensed_tree, &CondensedRow::child_size));
  if (index) arrays.add("tree_order", index->tree.order());
  return arrays;
}

Result<HdbscanModel> HdbscanModel::from_arrays(const NamedArrays& arrays) {
  if (arrays.kind() != kKind) {
    return Status::corrupt(fmt::format("this is a model of kind '{}', not of HDBSCAN", arrays.kind()));
  }
  if (arrays.version() < kEuclideanVersion || arrays.version() > kNewestVersion) {
    return Status::unsupported(
        fmt::format("the hdbscan model has version {}, this program reads versions up to {}; fit it again "
                    "or use a program "
                    "as new as the model",
                    arrays.version(), kNewestVersion));
  }
  try {
    HdbscanModel model;
    CLIPCLUSTER_RETURN_IF_ERROR(read_options(arrays, model.options));
    CLIPCLUSTER_ASSIGN_OR_RETURN(model.points, arrays.matrix<double>("points"));
    CLIPCLUSTER_ASSIGN_OR_RETURN(model.core_distances, arrays.column<double>("core_distances"));
    CLIPCLUSTER_ASSIGN_OR_RETURN(model.labels, arrays.column<std::int32_t>("labels"));
    CLIPCLUSTER_ASSIGN_OR_RETURN(model.probabilities, arrays.column<double>("probabilities"));
    CLIPCLUSTER_ASSIGN_OR_RETURN(model.cluster_ids, arrays.column<std::int32_t>("cluster_ids"));
    CLIPCLUSTER_RETURN_IF_ERROR(read_condensed_tree(arrays, model.condensed_tree));
    CLIPCLUSTER_RETURN_IF_ERROR(check_lengths(model));
    CLIPCLUSTER_RETURN_IF_ERROR(check_condensed_tree(model.condensed_tree, model.points.rows()));
    CLIPCLUSTER_RETURN_IF_ERROR(check_clusters(model));
    std::vector<std::int32_t> order;
    if (arrays.has("tree_order")) {
      CLIPCLUSTER_ASSIGN_OR_RETURN(order, arrays.column<std::int32_t>("tree_order"));
      CLIPCLUSTER_RETURN_IF_ERROR(check_order(model.points, order));
    }
    model.index = hdbscan::build_prediction_index(model, std::move(order));
    return model;
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("there is not enough memory to load the hdbscan model");
  }
}

}  // namespace clipcluster
