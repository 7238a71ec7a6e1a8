#include <fmt/format.h>

#include <memory>

#include "cli/built_in_model.h"
#include "cli/model_commands.h"
#include "cli/model_timing.h"
#include "cli/text_format.h"
#include "cli/usage_error.h"
#include "clipcluster/model_description.h"
#include "clipcluster/parallel.h"

namespace clipcluster::cli {
namespace {

struct BenchFlags {
  std::string model;
  std::string precision;  // empty: each
  int batch = 16;
  bool text = false;
};

std::vector<Precision> precisions(const std::string& named) {
  if (!named.empty()) return {precision_named(named)};
  return {Precision::f32, Precision::bf16, Precision::int8};
}

Json json_of(const ModelTiming& timing, bool text) {
  Json line = {{"precision", precision_name(timing.precision)}};
  if (text) {
    line["texts_per_second"] = timing.texts_per_second;
    line["text_seconds"] = timing.text_seconds;
  } else {
    line["images_per_second"] = timing.images_per_second;
    line["image_seconds"] = timing.image_seconds;
    line["share_of_gemm_limit"] = timing.limit_share > 0.0 ? Json(timing.limit_share) : Json();
  }
  line["cold_load_seconds"] = timing.cold_load_seconds;
  line["warm_load_seconds"] = timing.warm_load_seconds;
  line["bytes"] = timing.bytes;
  return line;
}

std::string milliseconds(double seconds) { return fmt::format("{:.1f} ms", seconds * 1e3); }

std::string header(bool text) {
  return fmt::format("{:<10}{:>12}{:>12}{:>14}{:>12}{:>12}{:>12}", "precision",
                     text ? "texts/s" : "images/s", text ? "one text" : "one image",
                     text ? "" : "of the limit", "cold load", "warm load", "memory");
}

std::string row(const ModelTiming& timing, bool text) {
  const std::string share = timing.limit_share > 0.0 ? percent(timing.limit_share) : "";
  return fmt::format("\n{:<10}{:>12.1f}{:>12}{:>14}{:>12}{:>12}{:>12}", precision_name(timing.precision),
                     text ? timing.texts_per_second : timing.images_per_second,
                     milliseconds(text ? timing.text_seconds : timing.image_seconds), share,
                     milliseconds(timing.cold_load_seconds), milliseconds(timing.warm_load_seconds),
                     bytes_text(timing.bytes));
}

Result<ExitCode> bench(const BenchFlags& flags, Session& session) {
  TimingOptions options;
  CLIPCLUSTER_ASSIGN_OR_RETURN(options.folder, named_model(flags.model));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ModelDescription model, describe_model(options.folder));
  options.batch = static_cast<std::size_t>(flags.batch);
  options.text = flags.text;
  if (model.image_tower) options.image_flops = model.image_tower->flops;
  Json timings = Json::array();
  std::string table = header(flags.text);
  for (const Precision precision : precisions(flags.precision)) {
    if (session.progress().cancelled()) return Status::cancelled();
    options.precision = precision;
    CLIPCLUSTER_ASSIGN_OR_RETURN(const ModelTiming timing, time_model(options));
    timings.push_back(json_of(timing, flags.text));
    table += row(timing, flags.text);
    session.detail(fmt::format("{} is measured", precision_name(precision)));
  }
  const double flops = flags.text ? model.text_tower->flops : options.image_flops;
  table += fmt::format("\n{:.1f} GFLOP for {}, {} at a time, {}", flops / 1e9,
                       flags.text ? "a text of full length" : "an image", flags.batch,
                       counted(static_cast<std::uint64_t>(thread_count()), "thread", "threads"));
  return session.answer({{"model", options.folder},
                         {"batch", flags.batch},
                         {"threads", thread_count()},
                         {"flops", flops},
                         {"precisions", timings}},
                        table);
}

}  // namespace

Command make_model_bench(CLI::App& model, CommonOptions& common) {
  const auto flags = std::make_shared<BenchFlags>();
  CLI::App* app = model.add_subcommand("bench", "How fast a model is on this machine");
  app->add_option("MODEL", flags->model, "CLIP checkpoint folder, or name of a downloaded model")
      ->required();
  add_choice(*app, "--precision", flags->precision, "Only this one (default: each)",
             {"f32", "bf16", "int8"});
  add_whole_number(*app, "--batch", flags->batch, "Images or texts at a time", {1, 1024});
  app->add_flag("--text", flags->text, "The text tower instead of the image tower");
  add_common_options(*app, common);
  add_example(*app,
              "clipcluster model bench openai/clip-vit-base-patch32\n\n"
              "Without files and decoding. The limit is what the bare matrix products would take.");
  return {app, [flags](Session& session) { return bench(*flags, session); }};
}

}  // namespace clipcluster::cli
