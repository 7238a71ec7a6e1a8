#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <new>

#include "clipcluster/tsne.h"
#include "reduce/index_arrays.h"
#include "reduce/tsne/field.h"
#include "reduce/tsne/options.h"

namespace clipcluster {
namespace {

constexpr const char* kKind = "tsne";
constexpr int kVersion = 1;
constexpr const char* kAutomatic = "auto";

const char* method_name(TsneMethod method) {
  if (method == TsneMethod::interpolation) return "interpolation";
  return method == TsneMethod::barnes_hut ? "barnes_hut" : "auto";
}

template <class T>
Status read_number(const NamedArrays& arrays, const char* name, T& value) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string text, arrays.text(name));
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc() && rest == end) return {};
  return Status::corrupt(fmt::format("the t-sne model's {} is '{}', which is no number", name, text));
}

Status read_learning_rate(const NamedArrays& arrays, std::optional<double>& rate) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string text, arrays.text("learning_rate"));
  rate.reset();
  if (text == kAutomatic) return {};
  return read_number(arrays, "learning_rate", rate.emplace());
}

Status read_choices(const NamedArrays& arrays, TsneOptions& options) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string init, arrays.text("init"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string method, arrays.text("method"));
  if (init != "pca" && init != "random") {
    return Status::corrupt(fmt::format("the t-sne model's init is '{}'", init));
  }
  options.init = init == "pca" ? TsneInit::pca : TsneInit::random;
  for (const auto candidate : {TsneMethod::automatic, TsneMethod::interpolation, TsneMethod::barnes_hut}) {
    if (method != method_name(candidate)) continue;
    options.method = candidate;
    return {};
  }
  return Status::corrupt(fmt::format("the t-sne model's method is '{}'", method));
}

Result<TsneOptions> read_options(const NamedArrays& arrays) {
  TsneOptions options;
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "n_components", options.n_components));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "perplexity", options.perplexity));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string metric, arrays.text("metric"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(options.metric, parse_metric(metric));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "early_exaggeration", options.early_exaggeration));
  CLIPCLUSTER_RETURN_IF_ERROR(
      read_number(arrays, "early_exaggeration_iter", options.early_exaggeration_iter));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "n_iter", options.n_iter));
  CLIPCLUSTER_RETURN_IF_ERROR(read_learning_rate(arrays, options.learning_rate));
  CLIPCLUSTER_RETURN_IF_ERROR(read_choices(arrays, options));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "angle", options.angle));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "seed", options.seed));
  const Status status = tsne::check_options(options);
  if (!status.is_ok()) return Status::corrupt("the t-sne model's options: " + status.message());
  return options;
}

void write_options(const TsneOptions& options, NamedArrays& arrays) {
  const auto write = [&](const char* name, auto value) { arrays.set_text(name, fmt::format("{}", value)); };
  write("n_components", options.n_components);
  write("perplexity", options.perplexity);
  write("metric", metric_name(options.metric));
  write("early_exaggeration", options.early_exaggeration);
  write("early_exaggeration_iter", options.early_exaggeration_iter);
  write("n_iter", options.n_iter);
  write("learning_rate",
        options.learning_rate ? fmt::format("{}", *options.learning_rate) : std::string(kAutomatic));
  write("init", options.init == TsneInit::pca ? "pca" : "random");
  write("method", method_name(options.method));
  write("angle", options.angle);
  write("seed", options.seed);
}

Status check_kind(const NamedArrays& arrays) {
  if (arrays.kind() != kKind) {
    return Status::corrupt(
        fmt::format("a t-sne model was expected, but this is a '{}' model", arrays.kind()));
  }
  if (arrays.version() != kVersion) {
    return Status::unsupported(fmt::format(
        "the t-sne model has layout version {}, and this program reads version {}; fit it again or "
        "use the program that wrote it",
        arrays.version(), kVersion));
  }
  return {};
}

Status check_model(const TsneModel& model) {
  const auto dimensions = static_cast<std::size_t>(model.options.n_components);
  if (model.embedding.rows() < 2 || model.embedding.cols() != dimensions) {
    return Status::corrupt(fmt::format("the t-sne model's embedding is {} x {} where n_components is {}",
                                       model.embedding.rows(), model.embedding.cols(), dimensions));
  }
  if (model.points.rows() != model.embedding.rows() || model.points.cols() == 0) {
    return Status::corrupt(
        fmt::format("the t-sne model places {} rows, but its training points are {} x {}",
                    model.embedding.rows(), model.points.rows(), model.points.cols()));
  }
  for (std::size_t i = 0; i < model.embedding.rows(); ++i) {
    for (std::size_t c = 0; c < dimensions; ++c) {
      if (std::isfinite(model.embedding.row(i)[c])) continue;
      return Status::corrupt(fmt::format("the t-sne model has no place for row {}", i));
    }
  }
  return {};
}

}  // namespace

NamedArrays TsneModel::to_arrays(bool with_points) const {
  NamedArrays arrays(kKind, kVersion);
  write_options(options, arrays);
  arrays.set_text("perplexity_used", fmt::format("{}", perplexity));
  arrays.set_text("kl_divergence", fmt::format("{}", kl_divergence));
  arrays.add("embedding", embedding);
  if (!with_points) return arrays;
  arrays.add("points", points);
  if (index) reduce::add_index(*index, arrays);
  return arrays;
}

Result<TsneModel> TsneModel::from_arrays(const NamedArrays& arrays,
                                         std::optional<SharedMatrix<float>> points) {
  CLIPCLUSTER_RETURN_IF_ERROR(check_kind(arrays));
  TsneModel model;
  CLIPCLUSTER_ASSIGN_OR_RETURN(model.options, read_options(arrays));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "perplexity_used", model.perplexity));
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(arrays, "kl_divergence", model.kl_divergence));
  CLIPCLUSTER_ASSIGN_OR_RETURN(model.embedding, arrays.matrix<float>("embedding"));
  if (points) {
    model.points = std::move(*points);
  } else {
    CLIPCLUSTER_ASSIGN_OR_RETURN(model.points, arrays.matrix<float>("points"));
    CLIPCLUSTER_ASSIGN_OR_RETURN(model.index, reduce::read_index(arrays, model.points));
  }
  CLIPCLUSTER_RETURN_IF_ERROR(check_model(model));
  try {
    model.field = std::make_shared<const tsne::Field>(model.embedding.view());
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("t-sne: not enough memory to open the model");
  }
  return model;
}

}  // namespace clipcluster
