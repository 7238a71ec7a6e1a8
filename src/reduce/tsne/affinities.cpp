#include "reduce/tsne/affinities.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "clipcluster/parallel.h"

namespace clipcluster::tsne {
namespace {

constexpr std::size_t kGrain = 256;
constexpr int kSteps = 100;
constexpr double kTolerance = 1e-5;

// Shares for one beta; returns their entropy.
double shares_at(std::span<const float> squares, double least, double beta, std::span<double> shares) {
  double sum = 0.0;
  double weighted = 0.0;
  for (std::size_t j = 0; j < squares.size(); ++j) {
    const double over = squares[j] - least;
    shares[j] = std::exp(-beta * over);
    sum += shares[j];
    weighted += over * shares[j];
  }
  for (double& share : shares) share /= sum;
  return std::log(sum) + beta * weighted / sum;
}

// n rows of k shares; the point's own column, and padding, get column -1.
struct DirectedShares {
  MatrixI columns;
  MatrixF shares;
};

DirectedShares directed_shares(const NeighborLists& neighbors, std::size_t k, double perplexity,
                               Metric metric) {
  const std::size_t n = neighbors.indices.rows();
  DirectedShares directed = {MatrixI(n, k - 1), MatrixF(n, k - 1)};
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    std::vector<float> squares(k - 1);
    for (std::size_t i = begin; i < end; ++i) {
      std::size_t count = 0;
      for (std::size_t j = 0; j < k && count < k - 1; ++j) {
        const std::int32_t column = neighbors.indices(i, j);
        if (column < 0 || static_cast<std::size_t>(column) == i) continue;
        directed.columns(i, count) = column;
        squares[count++] = squared(neighbors.distances(i, j), metric);
      }
      for (std::size_t j = count; j < k - 1; ++j) directed.columns(i, j) = -1;
      perplexity_shares({squares.data(), count}, perplexity,
                        directed.shares.view().row_span(i).first(count));
    }
  });
  return directed;
}

// Who has i among its neighbours, with which share; by number.
struct Incoming {
  std::vector<std::int64_t> offsets;
  std::vector<std::pair<std::int32_t, float>> entries;
};

Incoming incoming_shares(const DirectedShares& directed) {
  const std::size_t n = directed.columns.rows();
  Incoming incoming;
  incoming.offsets.assign(n + 1, 0);
  for (std::size_t at = 0; at < directed.columns.size(); ++at) {
    const std::int32_t column = directed.columns.data()[at];
    if (column >= 0) ++incoming.offsets[static_cast<std::size_t>(column) + 1];
  }
  for (std::size_t i = 0; i < n; ++i) incoming.offsets[i + 1] += incoming.offsets[i];
  incoming.entries.resize(static_cast<std::size_t>(incoming.offsets[n]));
  std::vector<std::int64_t> next(incoming.offsets.begin(), incoming.offsets.end() - 1);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < directed.columns.cols(); ++j) {
      const std::int32_t column = directed.columns(i, j);
      if (column < 0) continue;
      incoming.entries[static_cast<std::size_t>(next[static_cast<std::size_t>(column)]++)] = {
          static_cast<std::int32_t>(i), directed.shares(i, j)};
    }
  }
  return incoming;
}

// Both directions of row i, by column, each column once.
void merge_row(const DirectedShares& directed, const Incoming& incoming, std::size_t i,
               std::vector<std::pair<std::int32_t, float>>& row) {
  row.clear();
  for (std::size_t j = 0; j < directed.columns.cols(); ++j) {
    if (directed.columns(i, j) >= 0) row.emplace_back(directed.columns(i, j), directed.shares(i, j));
  }
  for (std::int64_t at = incoming.offsets[i]; at < incoming.offsets[i + 1]; ++at) {
    row.push_back(incoming.entries[static_cast<std::size_t>(at)]);
  }
  std::sort(row.begin(), row.end());  // equal columns: the sum of two does not depend on their order
  std::size_t kept = 0;
  for (std::size_t at = 0; at < row.size(); ++at) {
    if (kept > 0 && row[kept - 1].first == row[at].first) {
      row[kept - 1].second += row[at].second;
    } else {
      row[kept++] = row[at];
    }
  }
  row.resize(kept);
}

double entropy_of(const std::vector<float>& values) {
  constexpr std::size_t grain = 65536;
  std::vector<double> parts((values.size() + grain - 1) / grain, 0.0);
  parallel_for(values.size(), grain, [&](std::size_t begin, std::size_t end) {
    double sum = 0.0;
    for (std::size_t at = begin; at < end; ++at) {
      if (values[at] > 0.0F) sum -= double{values[at]} * std::log(double{values[at]});
    }
    parts[begin / grain] = sum;
  });
  double sum = 0.0;
  for (const double part : parts) sum += part;
  return sum;
}

}  // namespace

float squared(float distance, Metric metric) {
  return metric == Metric::euclidean ? distance * distance : distance;
}

void perplexity_shares(std::span<const float> squares, double perplexity, std::span<float> shares) {
  if (squares.empty()) return;
  const double least = *std::min_element(squares.begin(), squares.end());
  const double wanted = std::log(perplexity);
  std::vector<double> candidate(squares.size());
  double beta = 1.0;
  double low = 0.0;
  double high = 0.0;  // 0: none known
  for (int step = 0; step < kSteps; ++step) {
    const double excess = shares_at(squares, least, beta, candidate) - wanted;
    if (std::abs(excess) <= kTolerance) break;
    if (excess > 0.0) {
      low = beta;
      beta = high == 0.0 ? beta * 2.0 : 0.5 * (beta + high);
    } else {
      high = beta;
      beta = 0.5 * (beta + low);
    }
  }
  for (std::size_t j = 0; j < shares.size(); ++j) shares[j] = static_cast<float>(candidate[j]);
}

Affinities joint_affinities(const NeighborLists& neighbors, std::size_t k, double perplexity,
                            Metric metric) {
  const DirectedShares directed = directed_shares(neighbors, k, perplexity, metric);
  const Incoming incoming = incoming_shares(directed);
  const std::size_t n = neighbors.indices.rows();
  Affinities affinities;
  affinities.offsets.assign(n + 1, 0);
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    std::vector<std::pair<std::int32_t, float>> row;
    for (std::size_t i = begin; i < end; ++i) {
      merge_row(directed, incoming, i, row);
      affinities.offsets[i + 1] = static_cast<std::int64_t>(row.size());
    }
  });
  for (std::size_t i = 0; i < n; ++i) affinities.offsets[i + 1] += affinities.offsets[i];
  affinities.columns.resize(static_cast<std::size_t>(affinities.offsets[n]));
  affinities.values.resize(affinities.columns.size());
  const double scale = 0.5 / static_cast<double>(n);
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    std::vector<std::pair<std::int32_t, float>> row;
    for (std::size_t i = begin; i < end; ++i) {
      merge_row(directed, incoming, i, row);
      auto at = static_cast<std::size_t>(affinities.offsets[i]);
      for (const auto& [column, share] : row) {
        affinities.columns[at] = column;
        affinities.values[at++] = static_cast<float>(scale * double{share});
      }
    }
  });
  affinities.entropy = entropy_of(affinities.values);
  return affinities;
}

}  // namespace clipcluster::tsne
