#include "cluster/hdbscan_reference.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

namespace clipcluster::testing {
namespace {

using Points = std::vector<int>;

double distance(MatrixView<const double> points, std::size_t a, std::size_t b) {
  double sum = 0.0;
  for (std::size_t j = 0; j < points.cols(); ++j) {
    sum += (points(a, j) - points(b, j)) * (points(a, j) - points(b, j));
  }
  return std::sqrt(sum);
}

// What is connected among `members` by the edges that come before `end` in the tree.
std::vector<Points> connected(const Points& members, const std::vector<SpanningEdge>& edges,
                              std::size_t end) {
  std::map<int, int> component;
  for (const int point : members) component[point] = point;
  for (std::size_t i = 0; i < end; ++i) {
    const auto a = component.find(edges[i].a);
    const auto b = component.find(edges[i].b);
    if (a == component.end() || b == component.end() || a->second == b->second) continue;
    const int from = b->second;
    const int to = a->second;
    for (auto& [point, name] : component) {
      if (name == from) name = to;
    }
  }
  std::map<int, Points> parts;
  for (const auto& [point, name] : component) parts[name].push_back(point);
  std::vector<Points> result;
  for (auto& [name, part] : parts) result.push_back(std::move(part));
  return result;
}

struct Cluster {
  double birth = 0.0;
  std::vector<std::pair<int, double>> leavers;  // point, lambda
  double stability = 0.0;
  std::vector<Cluster> children;
};

// Cuts the edges one by one, the last first.
Cluster grow(Points members, double birth, const std::vector<SpanningEdge>& edges, std::size_t end,
             int min_cluster_size) {
  Cluster cluster;
  cluster.birth = birth;
  while (end-- > 0) {
    std::vector<Points> parts = connected(members, edges, end);
    if (parts.size() == 1) continue;
    const double lambda = 1.0 / edges[end].weight;
    std::vector<Points> kept;
    for (Points& part : parts) {
      if (static_cast<int>(part.size()) >= min_cluster_size) {
        kept.push_back(std::move(part));
        continue;
      }
      for (const int point : part) cluster.leavers.push_back({point, lambda});
      cluster.stability += (lambda - birth) * static_cast<double>(part.size());
    }
    if (kept.size() == 1) {
      members = kept[0];
      continue;
    }
    for (const Points& part : kept) {
      cluster.stability += (lambda - birth) * static_cast<double>(part.size());
      cluster.children.push_back(grow(part, lambda, edges, end, min_cluster_size));
    }
    break;
  }
  return cluster;
}

void collect(const Cluster& cluster, std::vector<std::pair<int, double>>& leavers) {
  leavers.insert(leavers.end(), cluster.leavers.begin(), cluster.leavers.end());
  for (const Cluster& child : cluster.children) collect(child, leavers);
}

// The best choice below and including `cluster`: what it is worth, and which clusters it takes.
double choose(const Cluster& cluster, bool may_take, bool leaf, std::vector<const Cluster*>& chosen) {
  std::vector<const Cluster*> below;
  double worth_below = 0.0;
  for (const Cluster& child : cluster.children) worth_below += choose(child, true, leaf, below);
  const bool take = leaf ? cluster.children.empty() : !(worth_below > cluster.stability);
  if (may_take && take) {
    chosen.push_back(&cluster);
    return cluster.stability;
  }
  chosen.insert(chosen.end(), below.begin(), below.end());
  return worth_below;
}

double score(const Cluster& cluster, std::vector<double>& scores) {
  double greatest = 0.0;
  for (const Cluster& child : cluster.children) {
    greatest = std::max({greatest, child.birth, score(child, scores)});
  }
  for (const auto& [point, lambda] : cluster.leavers) greatest = std::max(greatest, lambda);
  for (const auto& [point, lambda] : cluster.leavers) {
    scores[static_cast<std::size_t>(point)] = (greatest - lambda) / greatest;
  }
  return greatest;
}

std::vector<SpanningEdge> kruskal(MatrixView<const double> points, const std::vector<double>& core) {
  std::vector<std::tuple<double, double, int, int>> all;
  for (std::size_t a = 0; a < points.rows(); ++a) {
    for (std::size_t b = a + 1; b < points.rows(); ++b) {
      const double d = distance(points, a, b);
      all.push_back({std::max({d, core[a], core[b]}), d, static_cast<int>(a), static_cast<int>(b)});
    }
  }
  std::sort(all.begin(), all.end());
  std::vector<int> component(points.rows());
  std::iota(component.begin(), component.end(), 0);
  std::vector<SpanningEdge> tree;
  for (const auto& [weight, d, a, b] : all) {
    const int from = component[static_cast<std::size_t>(b)];
    const int to = component[static_cast<std::size_t>(a)];
    if (from == to) continue;
    std::replace(component.begin(), component.end(), from, to);
    tree.push_back({a, b, weight});
  }
  return tree;
}

}  // namespace

HdbscanReference hdbscan_by_definition(MatrixView<const double> points, const HdbscanOptions& options) {
  const std::size_t n = points.rows();
  HdbscanReference result;
  const auto rank = static_cast<std::size_t>(options.min_samples.value_or(options.min_cluster_size));
  for (std::size_t a = 0; a < n; ++a) {
    std::vector<double> row;
    for (std::size_t b = 0; b < n; ++b) {
      if (b != a) row.push_back(distance(points, a, b));
    }
    std::sort(row.begin(), row.end());
    result.core_distances.push_back(row[std::min(rank, n - 1) - 1]);
  }
  result.spanning_tree = kruskal(points, result.core_distances);
  Points everyone(n);
  std::iota(everyone.begin(), everyone.end(), 0);
  const Cluster root = grow(everyone, 0.0, result.spanning_tree, n - 1, options.min_cluster_size);
  std::vector<const Cluster*> chosen;
  choose(root, false, options.cluster_selection_method == ClusterSelectionMethod::leaf, chosen);
  result.labels.assign(n, -1);
  result.probabilities.assign(n, 0.0);
  result.outlier_scores.assign(n, 0.0);
  for (std::size_t label = 0; label < chosen.size(); ++label) {
    double greatest = 0.0;
    for (const auto& [point, lambda] : chosen[label]->leavers) greatest = std::max(greatest, lambda);
    for (const Cluster& child : chosen[label]->children) greatest = std::max(greatest, child.birth);
    std::vector<std::pair<int, double>> members;
    collect(*chosen[label], members);
    for (const auto& [point, lambda] : members) {
      result.labels[static_cast<std::size_t>(point)] = static_cast<std::int32_t>(label);
      result.probabilities[static_cast<std::size_t>(point)] = std::min(lambda, greatest) / greatest;
    }
  }
  score(root, result.outlier_scores);
  result.labels = in_order_of_appearance(result.labels);
  return result;
}

std::vector<std::int32_t> in_order_of_appearance(const std::vector<std::int32_t>& labels) {
  std::map<std::int32_t, std::int32_t> number = {{-1, -1}};
  std::vector<std::int32_t> renumbered;
  for (const std::int32_t label : labels) {
    renumbered.push_back(
        number.try_emplace(label, static_cast<std::int32_t>(number.size()) - 1).first->second);
  }
  return renumbered;
}

}  // namespace clipcluster::testing
