#include <fmt/format.h>

#include <memory>
#include <optional>

#include "cli/array_input.h"
#include "cli/commands.h"
#include "cli/model_versions.h"
#include "cli/outputs.h"
#include "cli/text_format.h"
#include "cli/tsne_flags.h"
#include "cli/usage_error.h"
#include "clipcluster/tsne.h"

namespace clipcluster::cli {
namespace {

struct TsneCommandFlags {
  CLI::App* app = nullptr;
  std::string input;
  std::string output;
  TsneFlags tsne;
  std::string metric = "euclidean";
  std::string save_model;
  std::string load_model;
};

Result<TsneModel> fit(const TsneCommandFlags& flags, const SharedMatrix<float>& points, Session& session) {
  TsneOptions options = tsne_options(flags.tsne, session.common().seed);
  options.metric = parse_metric(flags.metric).value();
  if (options.method == TsneMethod::interpolation && options.n_components == 3) {
    throw UsageError("--tsne-method interpolation works in two dimensions only; give barnes-hut");
  }
  if (points.rows() < 2) {
    return Status::invalid_argument(fmt::format("'{}' has one row; at least two are needed", flags.input));
  }
  return fit_tsne(points, options, nullptr, session.progress());
}

Result<ExitCode> transform(const TsneCommandFlags& flags, const SharedMatrix<float>& points,
                           Outputs& outputs, Session& session) {
  reject_beside_load_model(
      *flags.app, {"--n-components", "--metric", "--learning-rate", "--perplexity", "--early-exaggeration",
                   "--early-exaggeration-iter", "--n-iter", "--init", "--tsne-method", "--angle"});
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NamedArrays arrays,
                               read_model(flags.load_model, "tsne", newest_tsne_model));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const TsneModel model, TsneModel::from_arrays(arrays));
  CLIPCLUSTER_RETURN_IF_ERROR(
      check_columns(flags.input, points.cols(), flags.load_model, model.points.cols()));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const MatrixF embedding,
                               tsne_transform(model, points, nullptr, session.progress()));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.write(flags.output, embedding.view()));
  return session.finish(
      {{"rows", embedding.rows()},
       {"columns", points.cols()},
       {"n_components", embedding.cols()},
       {"transformed", true},
       {"outputs", outputs.to_json()}},
      fmt::format("transformed {}, {} to {} columns, in {}: {}", counted(embedding.rows(), "row", "rows"),
                  points.cols(), embedding.cols(), seconds_text(session.seconds()), outputs.names()));
}

Result<ExitCode> run_tsne(const TsneCommandFlags& flags, Session& session) {
  Outputs outputs;
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("-o", flags.output));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("--save-model", flags.save_model));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto points, read_points<float>(flags.input));
  if (!flags.load_model.empty()) return transform(flags, points, outputs, session);
  CLIPCLUSTER_ASSIGN_OR_RETURN(TsneModel model, fit(flags, points, session));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.write(flags.output, model.embedding.view()));
  if (!flags.save_model.empty()) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(
        model.index,
        build_neighbor_index(model.points, model.options.metric, {model.options.seed}, session.progress()));
    CLIPCLUSTER_RETURN_IF_ERROR(outputs.write_model(flags.save_model, model.to_arrays()));
  }
  return session.finish(
      {{"rows", model.embedding.rows()},
       {"columns", points.cols()},
       {"n_components", model.embedding.cols()},
       {"perplexity", model.perplexity},
       {"kl_divergence", model.kl_divergence},
       {"transformed", false},
       {"outputs", outputs.to_json()}},
      fmt::format("fitted {}, {} to {} columns, KL divergence {:.4f}, in {}: {}",
                  counted(model.embedding.rows(), "row", "rows"), points.cols(), model.embedding.cols(),
                  model.kl_divergence, seconds_text(session.seconds()), outputs.names()));
}

}  // namespace

Command make_tsne_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<TsneCommandFlags>();
  CLI::App* app = flags->app =
      program.add_subcommand("tsne", "t-SNE of an array, or of new rows with a fitted model");
  app->add_option("X", flags->input, "Points, a .npy array [n, d]")->required();
  app->add_option("-o,--output", flags->output, "Where to write the result, float32 [n, n-components]")
      ->required()
      ->type_name("FILE");
  CLI::Option* save =
      app->add_option("--save-model", flags->save_model, "Write the fitted model here")->type_name("FILE");
  app->add_option("--load-model", flags->load_model, "Transform with this model, fit nothing")
      ->type_name("FILE")
      ->excludes(save);
  const std::string group = "t-SNE";
  add_whole_number(*app, "--n-components", flags->tsne.options.n_components, "Columns of the result",
                   {2, 3})
      ->group(group);
  add_choice(*app, "--metric", flags->metric, "Distance between rows", {"cosine", "euclidean"})
      ->group(group);
  app->add_option("--learning-rate", flags->tsne.options.learning_rate,
                  "Step size (default rows / early exaggeration / 4, at least 50)")
      ->type_name("X")
      ->check(CLI::PositiveNumber)
      ->group(group);
  add_tsne_flags(*app, flags->tsne, "--init");
  add_common_options(*app, common);
  add_example(*app,
              "clipcluster tsne X.npy -o Y.npy --perplexity 30 --metric cosine --save-model tsne.model\n"
              "  clipcluster tsne new.npy -o new-Y.npy --load-model tsne.model");
  return {app, [flags](Session& session) { return run_tsne(*flags, session); }};
}

}  // namespace clipcluster::cli
