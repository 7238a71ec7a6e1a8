#include "reduce/umap/layout.h"

namespace clipcluster::umap {
namespace {

// umap-learn lowers the rate after the first two epochs only.
float learning_rate(const LayoutOptions& options, std::uint32_t epoch) {
  const double done = epoch == 0 ? 0.0 : (epoch - 1.0) / options.epochs;
  return static_cast<float>(options.learning_rate * (1.0 - done));
}

}  // namespace

Forces forces_in_epoch(const LayoutOptions& options, std::uint32_t epoch) {
  const double a = options.curve.a;
  const double b = options.curve.b;
  return {static_cast<float>(a), static_cast<float>(b), static_cast<float>(-2.0 * a * b),
          static_cast<float>(2.0 * options.repulsion_strength * b), learning_rate(options, epoch)};
}

}  // namespace clipcluster::umap
