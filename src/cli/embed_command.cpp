#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/embed_flags.h"
#include "cli/outputs.h"
#include "cli/path_list.h"
#include "cli/skipped_files.h"
#include "cli/text_format.h"

namespace clipcluster::cli {
namespace {

struct EmbedCommandFlags {
  EmbedFlags embed;
  std::string output;
  std::string list;
  std::string skipped;
  bool null = false;
};

Status nothing_embedded(const EmbeddedFiles& embedded) {
  if (embedded.skipped.empty())
    return Status::not_found("there is no image in the inputs; name files or folders with images");
  return Status::invalid_argument(fmt::format("none of the {} could be used ({})",
                                              counted(embedded.skipped.size(), "image file", "image files"),
                                              reasons_text(count_by_reason(embedded.skipped))));
}

double images_per_second(const EmbeddedFiles& embedded) {
  return embedded.seconds > 0 ? static_cast<double>(embedded.paths.size()) / embedded.seconds : 0.0;
}

std::string summary(const EmbeddedFiles& embedded, const Outputs& outputs, const Session& session) {
  std::string text =
      fmt::format("{} embedded in {} columns in {}: {}", counted(embedded.paths.size(), "image", "images"),
                  embedded.embeddings.cols(), seconds_text(session.seconds()), outputs.names());
  text += fmt::format("\n{} read, {:.1f} images/s", bytes_text(embedded.bytes_read),
                      images_per_second(embedded));
  if (!embedded.skipped.empty()) {
    text += fmt::format("\n{} skipped: {}", counted(embedded.skipped.size(), "file", "files"),
                        reasons_text(count_by_reason(embedded.skipped)));
  }
  return text;
}

Result<ExitCode> run_embed(const EmbedCommandFlags& flags, Session& session) {
  Outputs outputs;
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("-o", flags.output));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("--list", flags.list));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("--skipped", flags.skipped));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const EmbedOptions options, embed_options(flags.embed, "", session));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const EmbeddedFiles embedded, embed_files(options, session.progress()));
  note_skipped(embedded.skipped, session);
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.write_text(flags.skipped, skipped_jsonl(embedded.skipped)));
  if (embedded.paths.empty()) return nothing_embedded(embedded);
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.write_text(flags.list, format_path_list(embedded.paths, flags.null)));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.write(flags.output, embedded.embeddings.view()));
  return session.finish({{"rows", embedded.paths.size()},
                         {"columns", embedded.embeddings.cols()},
                         {"skipped", embedded.skipped.size()},
                         {"skipped_by_reason", count_by_reason(embedded.skipped)},
                         {"other_files", embedded.other_files},
                         {"bytes_read", embedded.bytes_read},
                         {"images_per_second", images_per_second(embedded)},
                         {"model", embedded.space.model_folder},
                         {"model_fingerprint", embedded.space.fingerprint},
                         {"precision", embedded.space.precision},
                         {"outputs", outputs.to_json()}},
                        summary(embedded, outputs, session),
                        embedded.skipped.empty() ? ExitCode::done : ExitCode::some_skipped);
}

}  // namespace

Command make_embed_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<EmbedCommandFlags>();
  CLI::App* app = program.add_subcommand("embed", "CLIP embeddings of image files, folders and archives");
  app->add_option("INPUT", flags->embed.options.inputs, "Image files, folders, zip and tar archives")
      ->required();
  app->add_option("-o,--output", flags->output,
                  "Where to write the embeddings, float32 [images, d], unit rows")
      ->required()
      ->type_name("FILE");
  app->add_option("--list", flags->list, "Where to write the path of each row, one a line")
      ->type_name("FILE");
  app->add_flag("--null", flags->null, "End each path of --list with a NUL byte instead of a line break");
  app->add_option("--skipped", flags->skipped,
                  "Where to write why a file was not used, one JSON object a line")
      ->type_name("FILE");
  add_embed_flags(*app, flags->embed);
  add_common_options(*app, common);
  add_example(*app, "clipcluster embed ~/Pictures -o E.npy --list files.txt --skipped skipped.jsonl");
  return {app, [flags](Session& session) { return run_embed(*flags, session); }};
}

}  // namespace clipcluster::cli
