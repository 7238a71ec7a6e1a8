#include "clipcluster/hdbscan.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "cli/array_input.h"
#include "cli/commands.h"
#include "cli/hdbscan_flags.h"
#include "cli/model_versions.h"
#include "cli/outputs.h"
#include "cli/text_format.h"
#include "cli/tree_tables.h"
#include "cli/usage_error.h"

namespace clipcluster::cli {
namespace {

struct HdbscanCommandFlags {
  CLI::App* app = nullptr;
  std::string input;
  std::string labels;
  std::string probabilities;
  std::string outlier_scores;
  int min_cluster_size = 5;
  HdbscanFlags hdbscan;
  std::string save_model;
  std::string load_model;
  bool compatible_prediction = false;
  std::string metric = "euclidean";
  std::string tree;
  std::string linkage;
  std::string spanning_tree;
  std::string exemplars;
  std::string membership;
};

struct Clustering {
  std::vector<std::int32_t> labels;
  std::vector<double> probabilities;
  std::optional<double> relative_validity;  // of a fit
};

Result<ExitCode> done(const HdbscanCommandFlags& flags, const Clustering& clustering,
                      const Outputs& outputs, Session& session) {
  const std::size_t rows = clustering.labels.size();
  const auto noise =
      static_cast<std::size_t>(std::count(clustering.labels.begin(), clustering.labels.end(), -1));
  const int clusters = *std::max_element(clustering.labels.begin(), clustering.labels.end()) + 1;
  std::vector<std::size_t> sizes(static_cast<std::size_t>(clusters));
  for (const std::int32_t label : clustering.labels) {
    if (label >= 0) ++sizes[static_cast<std::size_t>(label)];
  }
  const double noise_share = static_cast<double>(noise) / static_cast<double>(rows);
  const auto used = static_cast<std::size_t>(
      std::count_if(sizes.begin(), sizes.end(), [](std::size_t size) { return size > 0; }));
  const std::string validity = clustering.relative_validity ? fmt::format(", relative validity {:.3f}",
                                                                          *clustering.relative_validity)
                                                            : "";
  return session.finish(
      {{"rows", rows},
       {"predicted", !flags.load_model.empty()},
       {"clusters", used},
       {"cluster_sizes", sizes},
       {"noise", noise},
       {"noise_share", noise_share},
       {"relative_validity",
        clustering.relative_validity ? Json(*clustering.relative_validity) : Json(nullptr)},
       {"outputs", outputs.to_json()}},
      fmt::format("{} in {}, {} ({}) noise{}, in {}: {}", counted(rows, "row", "rows"),
                  counted(used, "cluster", "clusters"), grouped(noise), percent(noise_share), validity,
                  seconds_text(session.seconds()), outputs.names()));
}

// float32, to halve what may be large: points times clusters.
Status write_membership(const HdbscanCommandFlags& flags, const HdbscanModel& model,
                        MatrixView<const double> points, bool fitted, Outputs& outputs, Session& session) {
  if (flags.membership.empty()) return {};
  Matrix<float> all(points.rows(), model.cluster_ids.size());
  const MembershipSink sink = [&all](std::size_t first, MatrixView<const double> block) {
    for (std::size_t i = 0; i < block.size(); ++i) {
      all.row(first)[i] = static_cast<float>(block.data()[i]);
    }
    return Status();
  };
  CLIPCLUSTER_RETURN_IF_ERROR(fitted ? membership_vectors(model, sink, session.progress())
                                     : membership_vectors(model, points, sink, session.progress()));
  return outputs.write(flags.membership, all.view());
}

Status write_clustering(const HdbscanCommandFlags& flags, const Clustering& clustering, Outputs& outputs) {
  CLIPCLUSTER_RETURN_IF_ERROR(
      outputs.write(flags.labels, std::span<const std::int32_t>(clustering.labels)));
  return outputs.write(flags.probabilities, std::span<const double>(clustering.probabilities));
}

Result<ExitCode> predict(const HdbscanCommandFlags& flags, const SharedMatrix<double>& points,
                         Outputs& outputs, Session& session) {
  reject_beside_load_model(*flags.app,
                           {"--min-cluster-size", "--min-samples", "--cluster-selection-method",
                            "--cluster-selection-epsilon", "--max-cluster-size", "--allow-single-cluster",
                            "--metric", "--tree", "--linkage", "--spanning-tree", "--exemplars"});
  if (!flags.outlier_scores.empty()) {
    throw UsageError(
        "--outlier-scores cannot be given together with --load-model: scores exist for fitted rows only; "
        "leave it out");
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NamedArrays arrays,
                               read_model(flags.load_model, "hdbscan", newest_hdbscan_model));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const HdbscanModel model, HdbscanModel::from_arrays(arrays));
  CLIPCLUSTER_RETURN_IF_ERROR(
      check_columns(flags.input, points.cols(), flags.load_model, model.points.cols()));
  const auto rule = flags.compatible_prediction ? PredictionRule::compatible : PredictionRule::consistent;
  CLIPCLUSTER_ASSIGN_OR_RETURN(HdbscanPrediction prediction, approximate_predict(model, points, rule));
  CLIPCLUSTER_RETURN_IF_ERROR(write_membership(flags, model, points, false, outputs, session));
  const Clustering clustering{std::move(prediction.labels), std::move(prediction.probabilities), {}};
  CLIPCLUSTER_RETURN_IF_ERROR(write_clustering(flags, clustering, outputs));
  return done(flags, clustering, outputs, session);
}

Result<ExitCode> fit(const HdbscanCommandFlags& flags, const SharedMatrix<double>& points, Outputs& outputs,
                     Session& session) {
  if (flags.compatible_prediction)
    throw UsageError("--compatible-prediction needs --load-model: it changes predictions only");
  HdbscanOptions options = hdbscan_options(flags.hdbscan, flags.min_cluster_size);
  options.metric = parse_metric(flags.metric).value();
  CLIPCLUSTER_ASSIGN_OR_RETURN(HdbscanResult result, fit_hdbscan(points, options, session.progress()));
  if (!flags.save_model.empty() || !flags.exemplars.empty() || !flags.membership.empty()) {
    const HdbscanModel model = make_hdbscan_model(points, options, result);
    if (!flags.save_model.empty()) {
      CLIPCLUSTER_RETURN_IF_ERROR(outputs.write_model(flags.save_model, model.to_arrays()));
    }
    CLIPCLUSTER_RETURN_IF_ERROR(write_exemplars(outputs, flags.exemplars, exemplars(model)));
    CLIPCLUSTER_RETURN_IF_ERROR(write_membership(flags, model, points, true, outputs, session));
  }
  CLIPCLUSTER_RETURN_IF_ERROR(write_condensed_tree(outputs, flags.tree, result));
  CLIPCLUSTER_RETURN_IF_ERROR(write_linkage(outputs, flags.linkage, result));
  CLIPCLUSTER_RETURN_IF_ERROR(write_spanning_tree(outputs, flags.spanning_tree, result));
  CLIPCLUSTER_RETURN_IF_ERROR(
      outputs.write(flags.outlier_scores, std::span<const double>(result.outlier_scores)));
  const double validity = relative_validity(result.labels, result.spanning_tree);
  const Clustering clustering{std::move(result.labels), std::move(result.probabilities), validity};
  CLIPCLUSTER_RETURN_IF_ERROR(write_clustering(flags, clustering, outputs));
  return done(flags, clustering, outputs, session);
}

Result<ExitCode> run_hdbscan(const HdbscanCommandFlags& flags, Session& session) {
  Outputs outputs;
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("--labels", flags.labels));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("--probabilities", flags.probabilities));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("--outlier-scores", flags.outlier_scores));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("--save-model", flags.save_model));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("--membership", flags.membership));
  for (const auto& [option, path] : {std::pair<const char*, const std::string&>{"--tree", flags.tree},
                                     {"--linkage", flags.linkage},
                                     {"--spanning-tree", flags.spanning_tree},
                                     {"--exemplars", flags.exemplars}}) {
    expect_table_name(option, path);
    CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect(option, path));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto points, read_points<double>(flags.input));
  return flags.load_model.empty() ? fit(flags, points, outputs, session)
                                  : predict(flags, points, outputs, session);
}

}  // namespace

Command make_hdbscan_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<HdbscanCommandFlags>();
  CLI::App* app = flags->app =
      program.add_subcommand("hdbscan", "HDBSCAN of an array, or of new rows with a fitted model");
  app->add_option("Y", flags->input, "Points, a .npy array [n, d]")->required();
  app->add_option("--labels", flags->labels, "Where to write the labels, int32 [n], -1 is noise")
      ->required()
      ->type_name("FILE");
  app->add_option("--probabilities", flags->probabilities,
                  "Where to write the membership probabilities, float64 [n]")
      ->type_name("FILE");
  app->add_option("--outlier-scores", flags->outlier_scores,
                  "Where to write the GLOSH outlier scores, float64 [n]")
      ->type_name("FILE");
  app->add_option("--membership", flags->membership,
                  "Where to write the soft membership vectors, float32 [n, clusters]")
      ->type_name("FILE");
  app->add_option("--tree", flags->tree, "Where to write the condensed tree, as .csv, .json or .npy")
      ->type_name("FILE");
  app->add_option("--linkage", flags->linkage, "The same for the single linkage tree")->type_name("FILE");
  app->add_option("--spanning-tree", flags->spanning_tree, "The same for the minimum spanning tree")
      ->type_name("FILE");
  app->add_option("--exemplars", flags->exemplars, "The same for each cluster's most typical rows")
      ->type_name("FILE");
  CLI::Option* save =
      app->add_option("--save-model", flags->save_model, "Write the fitted model here")->type_name("FILE");
  app->add_option("--load-model", flags->load_model, "Predict with this model, fit nothing")
      ->type_name("FILE")
      ->excludes(save);
  app->add_flag("--compatible-prediction", flags->compatible_prediction,
                "With --load-model: predict as hdbscan.approximate_predict does, its errors included");
  add_whole_number(*app, "--min-cluster-size", flags->min_cluster_size, "Smaller groups are noise", {2})
      ->group("HDBSCAN");
  add_choice(*app, "--metric", flags->metric, "Distance between rows", {"euclidean", "cosine"})
      ->group("HDBSCAN");
  add_hdbscan_flags(*app, flags->hdbscan);
  add_common_options(*app, common);
  add_example(
      *app,
      "clipcluster hdbscan Y.npy --labels l.npy --probabilities p.npy --min-cluster-size 50 "
      "--save-model hdbscan.model\n"
      "  clipcluster hdbscan new-Y.npy --labels l.npy --probabilities p.npy --load-model hdbscan.model");
  return {app, [flags](Session& session) { return run_hdbscan(*flags, session); }};
}

}  // namespace clipcluster::cli
