#include "reduce/tsne/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace clipcluster {
namespace tsne {
namespace {

template <class T>
Status unusable(const char* name, T value, const char* allowed) {
  return Status::invalid_argument(fmt::format("t-sne: {} is {}; it must be {}", name, value, allowed));
}

}  // namespace

// Every comparison is written so that NaN fails it.
Status check_options(const TsneOptions& options) {
  if (options.n_components != 2 && options.n_components != 3) {
    return unusable("n_components", options.n_components, "2 or 3");
  }
  if (!(options.perplexity >= 1.0 && options.perplexity <= 1e6)) {
    return unusable("perplexity", options.perplexity, "at least 1 and at most 1,000,000");
  }
  if (!(options.early_exaggeration >= 1.0 && std::isfinite(options.early_exaggeration))) {
    return unusable("early_exaggeration", options.early_exaggeration, "at least 1");
  }
  if (options.early_exaggeration_iter < 0) {
    return unusable("early_exaggeration_iter", options.early_exaggeration_iter, "0 or more");
  }
  if (options.n_iter < 0) return unusable("n_iter", options.n_iter, "0 (the start only) or more");
  if (options.learning_rate && !(*options.learning_rate > 0.0 && std::isfinite(*options.learning_rate))) {
    return unusable("learning_rate", *options.learning_rate, "above 0");
  }
  if (!(options.angle >= 0.0 && options.angle <= 1.0)) {
    return unusable("angle", options.angle, "from 0 (exact) to 1");
  }
  if (options.method == TsneMethod::interpolation && options.n_components != 2) {
    return Status::invalid_argument(
        "t-sne: interpolation works in two dimensions only; use barnes_hut for three");
  }
  return {};
}

}  // namespace tsne

Status check_tsne_options(const TsneOptions& options) { return tsne::check_options(options); }

double tsne_perplexity(const TsneOptions& options, std::size_t n) {
  const double most = n > 0 ? static_cast<double>(n - 1) / 3.0 : 0.0;
  return std::max(1.0, std::min(options.perplexity, most));
}

int tsne_neighbors(const TsneOptions& options, std::size_t n) {
  const auto others = static_cast<std::size_t>(3.0 * tsne_perplexity(options, n) + 1.0);
  return static_cast<int>(std::min(others + 1, n));
}

}  // namespace clipcluster
