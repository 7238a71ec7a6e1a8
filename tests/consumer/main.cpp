// Two groups of points on a line; HDBSCAN must find both, and say where a new point belongs.
#include <clipcluster/hdbscan.h>
#include <clipcluster/version.h>

#include <cstdio>

int main() {
  clipcluster::Matrix<double> points(40, 1);
  for (std::size_t i = 0; i < 40; ++i) {
    points(i, 0) = (i < 20 ? 0.0 : 100.0) + 0.01 * static_cast<double>(i * i % 37);
  }
  clipcluster::HdbscanOptions options;
  options.min_cluster_size = 10;
  const auto fit = clipcluster::fit_hdbscan(points, options);
  if (!fit.is_ok()) return std::fprintf(stderr, "%s\n", fit.status().message().c_str()), 1;
  const auto model = clipcluster::make_hdbscan_model(std::move(points), options, *fit);
  clipcluster::Matrix<double> fresh(1, 1);
  fresh(0, 0) = 100.05;
  const auto prediction = clipcluster::approximate_predict(model, fresh);
  if (!prediction.is_ok()) return 1;
  const bool right = fit->labels[0] != fit->labels[39] && prediction->labels[0] == fit->labels[39];
  std::printf("clipcluster %s: %s\n", clipcluster::version(), right ? "right" : "wrong");
  return right ? 0 : 1;
}
