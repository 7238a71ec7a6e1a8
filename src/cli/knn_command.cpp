#include <fmt/format.h>

#include <memory>

#include "cli/array_input.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/text_format.h"
#include "cli/usage_error.h"
#include "clipcluster/neighbors.h"

namespace clipcluster::cli {
namespace {

struct KnnFlags {
  std::string input;
  int k = 15;
  std::string metric = "euclidean";
  std::string neighbors = "auto";
  std::string indices;
  std::string distances;
};

int capped_k(const KnnFlags& flags, std::size_t rows, Session& session) {
  if (static_cast<std::size_t>(flags.k) <= rows) return flags.k;
  session.note(fmt::format("--k {} is more than the {} of '{}'; every row gets {} neighbours", flags.k,
                           counted(rows, "row", "rows"), flags.input, rows));
  return static_cast<int>(rows);
}

Result<ExitCode> run_knn(const KnnFlags& flags, Session& session) {
  if (flags.indices.empty() && flags.distances.empty()) {
    throw UsageError("nothing to write: give --indices, --distances or both");
  }
  Outputs outputs;
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("--indices", flags.indices));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("--distances", flags.distances));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto points, read_points<float>(flags.input));
  NeighborOptions options;
  options.k = capped_k(flags, points.rows(), session);
  options.metric = parse_metric(flags.metric).value();
  options.search = parse_neighbor_search(flags.neighbors).value();
  const char* search = neighbor_search_name(resolved_search(options, points.rows()));
  if (flags.neighbors == "auto" && resolved_search(options, points.rows()) == NeighborSearch::approximate) {
    session.note(
        fmt::format("{} rows: neighbours are approximate, nearly all of them the true ones; "
                    "--neighbors exact finds every one, in a time that grows with the square",
                    points.rows()));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborLists lists,
                               nearest_neighbors(points, options, session.progress()));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.write(flags.indices, lists.indices.view()));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.write(flags.distances, lists.distances.view()));
  return session.finish(
      {{"rows", points.rows()},
       {"columns", points.cols()},
       {"k", options.k},
       {"metric", flags.metric},
       {"neighbors", search},
       {"outputs", outputs.to_json()}},
      fmt::format("{} nearest of {} ({}) in {}: {}", options.k, counted(points.rows(), "row", "rows"),
                  flags.metric, seconds_text(session.seconds()), outputs.names()));
}

}  // namespace

Command make_knn_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<KnnFlags>();
  CLI::App* app = program.add_subcommand("knn", "Nearest neighbours of every row, itself first");
  app->add_option("X", flags->input, "Points, a .npy array [n, d]")->required();
  add_whole_number(*app, "--k", flags->k, "Neighbours, the point itself included", {1});
  add_choice(*app, "--metric", flags->metric, "Distance between rows", {"cosine", "euclidean"});
  add_choice(*app, "--neighbors", flags->neighbors,
             "Every neighbour the true one, or nearly all; auto: exact up to 300,000 rows",
             {"auto", "exact", "approximate"});
  app->add_option("--indices", flags->indices, "Where to write the neighbours, int32 [n, k]")
      ->type_name("FILE");
  app->add_option("--distances", flags->distances, "Where to write their distances, float32 [n, k]")
      ->type_name("FILE");
  add_common_options(*app, common);
  add_example(*app, "clipcluster knn X.npy --k 15 --metric cosine --indices I.npy --distances D.npy");
  return {app, [flags](Session& session) { return run_knn(*flags, session); }};
}

}  // namespace clipcluster::cli
