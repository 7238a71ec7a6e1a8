#include "reduce/umap/fuzzy_graph.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "clipcluster/parallel.h"

namespace clipcluster::umap {
namespace {

constexpr std::size_t kGrain = 1024;

// Compressed rows of the graph before it is made symmetric.
struct Directed {
  std::vector<std::size_t> offsets;
  std::vector<std::int32_t> targets;
  std::vector<float> weights;
};

MatrixF with_disconnected_at_infinity(MatrixView<const std::int32_t> indices,
                                      MatrixView<const float> distances, float limit) {
  MatrixF result = MatrixF::copy_of(distances);
  for (std::size_t i = 0; i < distances.size(); ++i) {
    if (indices.data()[i] < 0 || distances.data()[i] >= limit) {
      result.data()[i] = std::numeric_limits<float>::infinity();
    }
  }
  return result;
}

using Edge = std::pair<std::int32_t, float>;

void strengths_of_row(std::size_t row, MatrixView<const std::int32_t> indices,
                      MatrixView<const float> distances, SmoothDistance smooth, std::vector<Edge>& edges) {
  edges.clear();
  for (std::size_t j = 0; j < indices.cols(); ++j) {
    const std::int32_t target = indices(row, j);
    if (static_cast<std::size_t>(target) == row || std::isinf(distances(row, j))) continue;
    const float strength = membership_strength(distances(row, j), smooth);
    if (strength > 0.0F) edges.emplace_back(target, strength);
  }
  std::sort(edges.begin(), edges.end());
}

Directed directed_strengths(MatrixView<const std::int32_t> indices, MatrixView<const float> distances,
                            const std::vector<SmoothDistance>& smooth) {
  const std::size_t n = indices.rows();
  const std::size_t k = indices.cols();
  std::vector<Edge> slots(n * k);
  Directed graph;
  graph.offsets.assign(n + 1, 0);
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    std::vector<Edge> edges;
    for (std::size_t i = begin; i < end; ++i) {
      strengths_of_row(i, indices, distances, smooth[i], edges);
      std::copy(edges.begin(), edges.end(), slots.begin() + static_cast<std::ptrdiff_t>(i * k));
      graph.offsets[i + 1] = edges.size();
    }
  });
  for (std::size_t i = 0; i < n; ++i) graph.offsets[i + 1] += graph.offsets[i];
  graph.targets.resize(graph.offsets[n]);
  graph.weights.resize(graph.offsets[n]);
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e) {
        std::tie(graph.targets[e], graph.weights[e]) = slots[i * k + (e - graph.offsets[i])];
      }
    }
  });
  return graph;
}

// Rows come out sorted because they are filled in ascending order of source.
Directed transpose(const Directed& graph) {
  const std::size_t n = graph.offsets.size() - 1;
  Directed result;
  result.offsets.assign(n + 1, 0);
  for (const std::int32_t target : graph.targets) ++result.offsets[static_cast<std::size_t>(target) + 1];
  for (std::size_t i = 0; i < n; ++i) result.offsets[i + 1] += result.offsets[i];
  result.targets.resize(graph.targets.size());
  result.weights.resize(graph.weights.size());
  std::vector<std::size_t> free_slot(result.offsets.begin(), result.offsets.end() - 1);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e) {
      const std::size_t slot = free_slot[static_cast<std::size_t>(graph.targets[e])]++;
      result.targets[slot] = static_cast<std::int32_t>(i);
      result.weights[slot] = graph.weights[e];
    }
  }
  return result;
}

// The smaller strength goes first, so that (i, j) and (j, i) round alike.
float combined(float x, float y, float mix) {
  const float a = std::min(x, y);
  const float b = std::max(x, y);
  const float product = a * b;
  return mix * (a + b - product) + (1.0F - mix) * product;
}

// Calls emit(target, weight) for the combined edges of row i.
template <class Emit>
void merge_row(const Directed& out, const Directed& in, std::size_t i, float mix, Emit emit) {
  std::size_t o = out.offsets[i];
  std::size_t p = in.offsets[i];
  constexpr std::int32_t kNone = std::numeric_limits<std::int32_t>::max();
  while (o < out.offsets[i + 1] || p < in.offsets[i + 1]) {
    const std::int32_t to = o < out.offsets[i + 1] ? out.targets[o] : kNone;
    const std::int32_t from = p < in.offsets[i + 1] ? in.targets[p] : kNone;
    const std::int32_t target = std::min(to, from);
    const float weight_out = to == target ? out.weights[o++] : 0.0F;
    const float weight_in = from == target ? in.weights[p++] : 0.0F;
    const float weight = combined(weight_out, weight_in, mix);
    if (weight > 0.0F) emit(target, weight);
  }
}

FuzzyGraph symmetric(const Directed& out, float mix) {
  const Directed in = transpose(out);
  const std::size_t n = out.offsets.size() - 1;
  FuzzyGraph graph;
  graph.offsets.assign(n + 1, 0);
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      merge_row(out, in, i, mix, [&](std::int32_t, float) { ++graph.offsets[i + 1]; });
    }
  });
  for (std::size_t i = 0; i < n; ++i) graph.offsets[i + 1] += graph.offsets[i];
  graph.targets.resize(graph.offsets[n]);
  graph.weights.resize(graph.offsets[n]);
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      std::size_t slot = graph.offsets[i];
      merge_row(out, in, i, mix, [&](std::int32_t target, float weight) {
        graph.targets[slot] = target;
        graph.weights[slot++] = weight;
      });
    }
  });
  return graph;
}

}  // namespace

float FuzzyGraph::largest_weight() const {
  return weights.empty() ? 0.0F : *std::max_element(weights.begin(), weights.end());
}

float membership_strength(float distance, SmoothDistance smooth) {
  const float beyond = distance - smooth.rho;
  if (beyond <= 0.0F || smooth.sigma == 0.0F) return 1.0F;
  return std::exp(-(beyond / smooth.sigma));
}

float disconnection_distance(Metric metric) {
  return metric == Metric::cosine ? 2.0F : std::numeric_limits<float>::infinity();
}

FuzzyGraph fuzzy_graph(MatrixView<const std::int32_t> indices, MatrixView<const float> distances,
                       double local_connectivity, double mix, float disconnection) {
  const MatrixF connected = with_disconnected_at_infinity(indices, distances, disconnection);
  const std::vector<SmoothDistance> smooth = smooth_distances(connected, local_connectivity);
  return symmetric(directed_strengths(indices, connected, smooth), static_cast<float>(mix));
}

FuzzyGraph without_weak_edges(const FuzzyGraph& graph, int epochs) {
  const float limit = graph.largest_weight() / static_cast<float>(epochs);
  FuzzyGraph result;
  result.offsets.assign(1, 0);
  result.offsets.reserve(graph.offsets.size());
  result.targets.reserve(graph.targets.size());
  result.weights.reserve(graph.weights.size());
  for (std::size_t i = 0; i < graph.vertices(); ++i) {
    for (std::size_t e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e) {
      if (graph.weights[e] < limit) continue;
      result.targets.push_back(graph.targets[e]);
      result.weights.push_back(graph.weights[e]);
    }
    result.offsets.push_back(result.targets.size());
  }
  return result;
}

}  // namespace clipcluster::umap
