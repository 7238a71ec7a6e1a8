#include "clipcluster/umap.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "cli/array_input.h"
#include "cli/commands.h"
#include "cli/model_versions.h"
#include "cli/outputs.h"
#include "cli/text_format.h"
#include "cli/umap_flags.h"
#include "clipcluster/neighbors.h"

namespace clipcluster::cli {
namespace {

struct UmapCommandFlags {
  CLI::App* app = nullptr;
  std::string input;
  std::string output;
  UmapFlags umap;
  std::string save_model;
  std::string load_model;
  std::string neighbors = "auto";
};

// None when the fit itself is to look for them.
Result<std::optional<NeighborLists>> neighbors_of(const UmapCommandFlags& flags, const UmapOptions& options,
                                                  MatrixView<const float> points, Session& session) {
  NeighborOptions search{options.n_neighbors, options.metric,
                         parse_neighbor_search(flags.neighbors).value()};
  if (flags.neighbors == "auto") {
    if (resolved_search(search, points.rows()) == NeighborSearch::approximate) {
      session.note(
          fmt::format("{} rows: neighbours are approximate, nearly all of them the true ones; "
                      "--neighbors exact finds every one",
                      points.rows()));
    }
    return std::optional<NeighborLists>();
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(NeighborLists lists, nearest_neighbors(points, search, session.progress()));
  return std::optional<NeighborLists>(std::move(lists));
}

Result<UmapModel> fit(const UmapCommandFlags& flags, const SharedMatrix<float>& points, Session& session) {
  UmapOptions options = umap_options(flags.umap, session.common().seed);
  if (points.rows() < 2) {
    return Status::invalid_argument(fmt::format("'{}' has one row; at least two are needed", flags.input));
  }
  if (static_cast<std::size_t>(options.n_neighbors) > points.rows()) {
    session.note(fmt::format("--n-neighbors {} is more than the {} of '{}'; using {}", options.n_neighbors,
                             counted(points.rows(), "row", "rows"), flags.input, points.rows()));
    options.n_neighbors = static_cast<int>(points.rows());
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<NeighborLists> neighbors,
                               neighbors_of(flags, options, points, session));
  return fit_umap(points, options, neighbors ? &*neighbors : nullptr, session.progress());
}

Result<ExitCode> done(const UmapCommandFlags& flags, std::size_t columns, MatrixView<const float> embedding,
                      const Outputs& outputs, Session& session) {
  const bool transformed = !flags.load_model.empty();
  return session.finish(
      {{"rows", embedding.rows()},
       {"columns", columns},
       {"n_components", embedding.cols()},
       {"transformed", transformed},
       {"outputs", outputs.to_json()}},
      fmt::format("{} {}, {} to {} columns, in {}: {}", transformed ? "transformed" : "fitted",
                  counted(embedding.rows(), "row", "rows"), columns, embedding.cols(),
                  seconds_text(session.seconds()), outputs.names()));
}

Result<ExitCode> transform(const UmapCommandFlags& flags, const SharedMatrix<float>& points,
                           Outputs& outputs, Session& session) {
  reject_beside_load_model(
      *flags.app, {"--n-neighbors", "--n-components", "--min-dist", "--spread", "--metric", "--n-epochs",
                   "--learning-rate", "--negative-sample-rate", "--repulsion-strength",
                   "--set-op-mix-ratio", "--local-connectivity", "--init", "--neighbors"});
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NamedArrays arrays,
                               read_model(flags.load_model, "umap", newest_umap_model));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const UmapModel model, UmapModel::from_arrays(arrays));
  CLIPCLUSTER_RETURN_IF_ERROR(
      check_columns(flags.input, points.cols(), flags.load_model, model.points.cols()));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const MatrixF embedding,
                               umap_transform(model, points, nullptr, session.progress()));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.write(flags.output, embedding.view()));
  return done(flags, points.cols(), embedding, outputs, session);
}

Result<ExitCode> run_umap(const UmapCommandFlags& flags, Session& session) {
  Outputs outputs;
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("-o", flags.output));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("--save-model", flags.save_model));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto points, read_points<float>(flags.input));
  if (!flags.load_model.empty()) return transform(flags, points, outputs, session);
  CLIPCLUSTER_ASSIGN_OR_RETURN(UmapModel model, fit(flags, points, session));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.write(flags.output, model.embedding.view()));
  if (!flags.save_model.empty()) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(
        model.index,
        build_neighbor_index(model.points, model.options.metric, {model.options.seed}, session.progress()));
    CLIPCLUSTER_RETURN_IF_ERROR(outputs.write_model(flags.save_model, model.to_arrays()));
  }
  return done(flags, points.cols(), model.embedding, outputs, session);
}

}  // namespace

Command make_umap_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<UmapCommandFlags>();
  CLI::App* app = flags->app =
      program.add_subcommand("umap", "UMAP of an array, or of new rows with a fitted model");
  app->add_option("X", flags->input, "Points, a .npy array [n, d]")->required();
  app->add_option("-o,--output", flags->output, "Where to write the result, float32 [n, n-components]")
      ->required()
      ->type_name("FILE");
  CLI::Option* save =
      app->add_option("--save-model", flags->save_model, "Write the fitted model here")->type_name("FILE");
  app->add_option("--load-model", flags->load_model, "Transform with this model, fit nothing")
      ->type_name("FILE")
      ->excludes(save);
  add_umap_flags(*app, flags->umap);
  add_choice(*app, "--neighbors", flags->neighbors,
             "Every neighbour the true one, or nearly all; auto: exact up to 300,000 rows",
             {"auto", "exact", "approximate"});
  add_common_options(*app, common);
  add_example(
      *app,
      "clipcluster umap X.npy -o Y.npy --n-neighbors 15 --n-components 5 --min-dist 0 --metric cosine "
      "--save-model umap.model\n  clipcluster umap new.npy -o new-Y.npy --load-model umap.model");
  return {app, [flags](Session& session) { return run_umap(*flags, session); }};
}

}  // namespace clipcluster::cli
