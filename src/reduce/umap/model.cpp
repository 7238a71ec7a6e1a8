#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "clipcluster/umap.h"
#include "reduce/index_arrays.h"
#include "reduce/umap/options.h"

namespace clipcluster {
namespace {

constexpr const char* kKind = "umap";
constexpr int kVersion = 1;
constexpr const char* kAutomatic = "auto";

template <class T>
Status read_number(const NamedArrays& arrays, const char* name, T& value) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string text, arrays.text(name));
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc() && rest == end) return {};
  return Status::corrupt(fmt::format("the umap model's {} is '{}', which is no number", name, text));
}

Status read_epochs(const NamedArrays& arrays, std::optional<int>& epochs) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string text, arrays.text("n_epochs"));
  epochs.reset();
  if (text == kAutomatic) return {};
  return read_number(arrays, "n_epochs", epochs.emplace());
}

Status read_init(const NamedArrays& arrays, UmapInit& init) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string text, arrays.text("init"));
  if (text != "spectral" && text != "random") {
    return Status::corrupt(fmt::format("the umap model's init is '{}'", text));
  }
  init = text == "spectral" ? UmapInit::spectral : UmapInit::random;
  return {};
}

Result<UmapOptions> read_options(const NamedArrays& arrays) {
  UmapOptions options;
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "n_neighbors", options.n_neighbors));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "n_components", options.n_components));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string metric, arrays.text("metric"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(options.metric, parse_metric(metric));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "min_dist", options.min_dist));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "spread", options.spread));
  CLIPCLUSTER_RETURN_IF_ERROR(read_epochs(arrays, options.n_epochs));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "learning_rate", options.learning_rate));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "negative_sample_rate", options.negative_sample_rate));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "repulsion_strength", options.repulsion_strength));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "set_op_mix_ratio", options.set_op_mix_ratio));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "local_connectivity", options.local_connectivity));
  CLIPCLUSTER_RETURN_IF_ERROR(read_init(arrays, options.init));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "seed", options.seed));
  const Status status = umap::check_options(options);
  if (!status.is_ok()) return Status::corrupt("the umap model's options: " + status.message());
  return options;
}

void write_options(const UmapOptions& options, NamedArrays& arrays) {
  const auto write = [&](const char* name, auto value) { arrays.set_text(name, fmt::format("{}", value)); };
  write("n_neighbors", options.n_neighbors);
  write("n_components", options.n_components);
  write("metric", metric_name(options.metric));
  write("min_dist", options.min_dist);
  write("spread", options.spread);
  write("n_epochs", options.n_epochs ? fmt::format("{}", *options.n_epochs) : std::string(kAutomatic));
  write("learning_rate", options.learning_rate);
  write("negative_sample_rate", options.negative_sample_rate);
  write("repulsion_strength", options.repulsion_strength);
  write("set_op_mix_ratio", options.set_op_mix_ratio);
  write("local_connectivity", options.local_connectivity);
  write("init", options.init == UmapInit::spectral ? "spectral" : "random");
  write("seed", options.seed);
}

Status check_kind(const NamedArrays& arrays) {
  if (arrays.kind() != kKind) {
    return Status::corrupt(
        fmt::format("a umap model was expected, but this is a '{}' model", arrays.kind()));
  }
  if (arrays.version() != kVersion) {
    return Status::unsupported(fmt::format(
        "the umap model has layout version {}, and this program reads version {}; fit it again or "
        "use the program that wrote it",
        arrays.version(), kVersion));
  }
  return {};
}

Status check_model(const UmapModel& model) {
  if (!(model.a > 0.0 && model.b > 0.0 && std::isfinite(model.a) && std::isfinite(model.b))) {
    return Status::corrupt(fmt::format("the umap model's curve has a = {} and b = {}", model.a, model.b));
  }
  const auto dim = static_cast<std::size_t>(model.options.n_components);
  if (model.embedding.rows() < 2 || model.embedding.cols() != dim) {
    return Status::corrupt(fmt::format("the umap model's embedding is {} x {} where n_components is {}",
                                       model.embedding.rows(), model.embedding.cols(), dim));
  }
  if (model.points.rows() != model.embedding.rows() || model.points.cols() == 0) {
    return Status::corrupt(fmt::format("the umap model places {} rows, but its training points are {} x {}",
                                       model.embedding.rows(), model.points.rows(), model.points.cols()));
  }
  return {};
}

}  // namespace

NamedArrays UmapModel::to_arrays(bool with_points) const {
  NamedArrays arrays(kKind, kVersion);
  write_options(options, arrays);
  arrays.set_text("a", fmt::format("{}", a));
  arrays.set_text("b", fmt::format("{}", b));
  arrays.add("embedding", embedding);
  if (!with_points) return arrays;
  arrays.add("points", points);
  if (index) reduce::add_index(*index, arrays);
  return arrays;
}

Result<UmapModel> UmapModel::from_arrays(const NamedArrays& arrays,
                                         std::optional<SharedMatrix<float>> points) {
  CLIPCLUSTER_RETURN_IF_ERROR(check_kind(arrays));
  UmapModel model;
  CLIPCLUSTER_ASSIGN_OR_RETURN(model.options, read_options(arrays));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "a", model.a));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "b", model.b));
  CLIPCLUSTER_ASSIGN_OR_RETURN(model.embedding, arrays.matrix<float>("embedding"));
  if (points) {
    model.points = std::move(*points);
  } else {
    CLIPCLUSTER_ASSIGN_OR_RETURN(model.points, arrays.matrix<float>("points"));
    CLIPCLUSTER_ASSIGN_OR_RETURN(model.index, reduce::read_index(arrays, model.points));
  }
  CLIPCLUSTER_RETURN_IF_ERROR(check_model(model));
  return model;
}

}  // namespace clipcluster
