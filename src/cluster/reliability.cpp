#include <algorithm>
#include <cmath>
#include <map>

#include "clipcluster/evaluation.h"

namespace clipcluster {
namespace {

constexpr std::size_t kBins = 10;

// The class that most members of each cluster have; of equally many the one that comes first.
std::map<std::int32_t, std::int32_t> majority_classes(std::span<const std::int32_t> labels,
                                                      std::span<const std::int32_t> classes) {
  std::map<std::int32_t, std::map<std::int32_t, std::size_t>> counts;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0) ++counts[labels[i]][classes[i]];
  }
  std::map<std::int32_t, std::int32_t> majority;
  for (const auto& [label, of_class] : counts) {
    const auto most = std::max_element(of_class.begin(), of_class.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    majority[label] = most->first;
  }
  return majority;
}

std::size_t bin_of(double confidence) {
  return std::min(kBins - 1, static_cast<std::size_t>(confidence * static_cast<double>(kBins)));
}

}  // namespace

Result<Reliability> measure_reliability(std::span<const std::int32_t> labels,
                                        std::span<const std::int32_t> classes,
                                        std::span<const double> confidences) {
  if (labels.size() != classes.size() || labels.size() != confidences.size())
    return Status::invalid_argument("labels, classes and confidences are not of the same number");
  const std::map<std::int32_t, std::int32_t> majority = majority_classes(labels, classes);
  std::vector<ReliabilityBin> bins(kBins);
  std::size_t total = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    if (!(confidences[i] >= 0.0 && confidences[i] <= 1.0))
      return Status::invalid_argument("a confidence is not between 0 and 1");
    ReliabilityBin& bin = bins[bin_of(confidences[i])];
    bin.confidence += confidences[i];
    bin.accuracy += classes[i] == majority.at(labels[i]) ? 1.0 : 0.0;
    ++bin.count;
    ++total;
  }
  Reliability reliability;
  for (ReliabilityBin& bin : bins) {
    if (bin.count == 0) continue;
    const auto count = static_cast<double>(bin.count);
    bin.confidence /= count;
    bin.accuracy /= count;
    reliability.expected_calibration_error +=
        count / static_cast<double>(total) * std::abs(bin.confidence - bin.accuracy);
    reliability.bins.push_back(bin);
  }
  return reliability;
}

}  // namespace clipcluster
