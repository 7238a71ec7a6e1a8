#include "clipcluster/pca.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "cli/array_input.h"
#include "cli/commands.h"
#include "cli/model_versions.h"
#include "cli/outputs.h"
#include "cli/text_format.h"
#include "cli/tsne_flags.h"
#include "cli/usage_error.h"

namespace clipcluster::cli {
namespace {

struct PcaFlags {
  CLI::App* app = nullptr;
  std::string input;
  std::string output;
  PcaOptions options;
  std::string svd_solver = "automatic";
  bool inverse = false;
  std::string save_model;
  std::string load_model;
};

Result<PcaModel> load_pca(const PcaFlags& flags, std::size_t columns) {
  reject_beside_load_model(*flags.app, {"--n-components", "--svd-solver"});
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NamedArrays arrays,
                               read_model(flags.load_model, "pca", newest_pca_model));
  CLIPCLUSTER_ASSIGN_OR_RETURN(PcaModel model, PcaModel::from_arrays(arrays));
  if (flags.inverse) {
    if (columns == model.components.rows()) return model;
    return Status::invalid_argument(fmt::format(
        "'{}' has {} columns, but the model '{}' gives coordinates of {}; give such coordinates",
        flags.input, columns, flags.load_model, model.components.rows()));
  }
  CLIPCLUSTER_RETURN_IF_ERROR(check_columns(flags.input, columns, flags.load_model, model.mean.cols()));
  return model;
}

Result<PcaModel> fit_or_load(const PcaFlags& flags, MatrixView<const float> points, Session& session) {
  if (!flags.load_model.empty()) return load_pca(flags, points.cols());
  const std::size_t most = std::min(points.rows(), points.cols());
  if (points.rows() < 2) {
    return Status::invalid_argument(fmt::format("'{}' has one row; at least two are needed", flags.input));
  }
  if (static_cast<std::size_t>(flags.options.n_components) > most) {
    throw UsageError(fmt::format(
        "--n-components {} is more than '{}' can have, an array of {} rows and {} columns; give at most {}",
        flags.options.n_components, flags.input, points.rows(), points.cols(), most));
  }
  PcaOptions options = flags.options;
  options.svd_solver = svd_solver_of(flags.svd_solver);
  options.seed = session.common().seed;
  return fit_pca(points, options, session.progress());
}

double explained_share(const PcaModel& model) {
  double sum = 0.0;
  for (std::size_t i = 0; i < model.explained_variance_ratio.size(); ++i)
    sum += model.explained_variance_ratio.data()[i];
  return sum;
}

// From coordinates back to rows of the kind that the model was fitted on.
Result<ExitCode> run_inverse(const PcaFlags& flags, Outputs& outputs, Session& session) {
  if (flags.load_model.empty()) throw UsageError("--inverse needs --load-model, the model to go back with");
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto coordinates, read_points<float>(flags.input));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const PcaModel model, load_pca(flags, coordinates.cols()));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const MatrixF rows, pca_inverse_transform(model, coordinates));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.write(flags.output, rows.view()));
  return session.finish(
      {{"rows", rows.rows()},
       {"columns", rows.cols()},
       {"n_components", coordinates.cols()},
       {"outputs", outputs.to_json()}},
      fmt::format("{}, {} columns back to {}, in {}: {}", counted(rows.rows(), "row", "rows"),
                  coordinates.cols(), rows.cols(), seconds_text(session.seconds()), outputs.names()));
}

Result<ExitCode> run_pca(const PcaFlags& flags, Session& session) {
  Outputs outputs;
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("-o", flags.output));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("--save-model", flags.save_model));
  if (flags.inverse) return run_inverse(flags, outputs, session);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto points, read_points<float>(flags.input));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const PcaModel model, fit_or_load(flags, points, session));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const MatrixF coordinates, pca_transform(model, points));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.write(flags.output, coordinates.view()));
  if (!flags.save_model.empty())
    CLIPCLUSTER_RETURN_IF_ERROR(outputs.write_model(flags.save_model, model.to_arrays()));
  return session.finish(
      {{"rows", coordinates.rows()},
       {"columns", points.cols()},
       {"n_components", coordinates.cols()},
       {"explained_variance_ratio", explained_share(model)},
       {"outputs", outputs.to_json()}},
      fmt::format("{}, {} to {} columns ({} of the variance of the fit) in {}: {}",
                  counted(points.rows(), "row", "rows"), points.cols(), coordinates.cols(),
                  percent(explained_share(model)), seconds_text(session.seconds()), outputs.names()));
}

}  // namespace

Command make_pca_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<PcaFlags>();
  CLI::App* app = flags->app = program.add_subcommand("pca", "Principal components of an array");
  app->add_option("X", flags->input, "Points, a .npy array [n, d]")->required();
  app->add_option("-o,--output", flags->output, "Where to write the result, float32 [n, n-components]")
      ->required()
      ->type_name("FILE");
  add_whole_number(*app, "--n-components", flags->options.n_components, "Columns of the result", {1});
  add_choice(*app, "--svd-solver", flags->svd_solver,
             "Exact through the covariance, randomised, or whichever is less work",
             {"automatic", "exact", "randomized"});
  CLI::Option* save =
      app->add_option("--save-model", flags->save_model, "Write the fitted model here")->type_name("FILE");
  app->add_option("--load-model", flags->load_model, "Transform with this model, fit nothing")
      ->type_name("FILE")
      ->excludes(save);
  app->add_flag("--inverse", flags->inverse, "With --load-model: from coordinates back to rows");
  add_common_options(*app, common);
  add_example(*app,
              "clipcluster pca X.npy -o Y.npy --n-components 50 --save-model pca.model\n"
              "  clipcluster pca Y.npy -o X2.npy --load-model pca.model --inverse");
  return {app, [flags](Session& session) { return run_pca(*flags, session); }};
}

}  // namespace clipcluster::cli
