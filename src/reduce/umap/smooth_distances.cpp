#include "reduce/umap/smooth_distances.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "clipcluster/parallel.h"

namespace clipcluster::umap {
namespace {

constexpr int kBisections = 64;
constexpr float kTolerance = 1e-5F;
constexpr double kSmallestShareOfMean = 1e-3;
constexpr std::size_t kGrain = 1024;

float distance_to_nearest(std::span<const float> distances, double local_connectivity) {
  const auto first = std::find_if(distances.begin(), distances.end(), [](float d) { return d > 0.0F; });
  const auto end = std::find_if(first, distances.end(), [](float d) { return !std::isfinite(d); });
  const auto positive = static_cast<double>(end - first);
  if (positive < local_connectivity) return positive > 0 ? *std::max_element(first, end) : 0.0F;
  const auto whole = static_cast<std::ptrdiff_t>(std::floor(local_connectivity));
  const double part = local_connectivity - static_cast<double>(whole);
  if (whole == 0) return first == end ? 0.0F : static_cast<float>(part * first[0]);
  const float below = first[whole - 1];
  if (part <= kTolerance) return below;
  return static_cast<float>(below + part * (first[whole] - below));
}

float membership_sum(std::span<const float> distances, float rho, float sigma) {
  float sum = 0.0F;
  for (std::size_t j = 1; j < distances.size(); ++j) {
    const float beyond = distances[j] - rho;
    sum += beyond > 0.0F ? std::exp(-(beyond / sigma)) : 1.0F;
  }
  return sum;
}

float bisect_sigma(std::span<const float> distances, float rho) {
  const auto target = static_cast<float>(std::log2(static_cast<double>(distances.size())));
  float low = 0.0F;
  float high = std::numeric_limits<float>::infinity();
  float middle = 1.0F;
  for (int step = 0; step < kBisections; ++step) {
    const float sum = membership_sum(distances, rho, middle);
    if (std::abs(sum - target) < kTolerance) break;
    (sum > target ? high : low) = middle;
    middle = std::isinf(high) ? middle * 2.0F : (low + high) / 2.0F;
  }
  return middle;
}

}  // namespace

double mean_distance(std::span<const float> distances) {
  double sum = 0.0;
  std::size_t count = 0;
  for (const float d : distances) {
    if (!std::isfinite(d)) continue;
    sum += d;
    ++count;
  }
  return count == 0 ? 0.0 : sum / static_cast<double>(count);
}

SmoothDistance smooth_distance(std::span<const float> distances, double local_connectivity,
                               double mean_of_all) {
  SmoothDistance result;
  result.rho = distance_to_nearest(distances, local_connectivity);
  const double mean = result.rho > 0.0F ? mean_distance(distances) : mean_of_all;
  result.sigma =
      std::max(bisect_sigma(distances, result.rho), static_cast<float>(kSmallestShareOfMean * mean));
  return result;
}

std::vector<SmoothDistance> smooth_distances(MatrixView<const float> distances, double local_connectivity) {
  const double mean_of_all = mean_distance({distances.data(), distances.size()});
  std::vector<SmoothDistance> result(distances.rows());
  parallel_for(distances.rows(), kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      result[i] = smooth_distance(distances.row_span(i), local_connectivity, mean_of_all);
    }
  });
  return result;
}

}  // namespace clipcluster::umap
