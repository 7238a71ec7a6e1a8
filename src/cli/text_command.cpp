#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "cli/built_in_model.h"
#include "cli/commands.h"
#include "cli/embed_flags.h"
#include "cli/outputs.h"
#include "cli/text_format.h"
#include "clipcluster/clip.h"

namespace clipcluster::cli {
namespace {

struct TextFlags {
  std::vector<std::string> texts;
  std::string output;
  std::string model;
  std::string precision = "auto";
  std::string device = "cpu";
};

std::vector<std::string> texts_or_lines(const std::vector<std::string>& texts) {
  if (texts.size() != 1 || texts[0] != "-") return texts;
  std::vector<std::string> lines;
  for (std::string line; std::getline(std::cin, line);) lines.push_back(line);
  return lines;
}

Result<ExitCode> run_text(const TextFlags& flags, Session& session) {
  Outputs outputs;
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.expect("-o", flags.output));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string folder, model_folder(flags.model, "", session));
  const std::vector<std::string> texts = texts_or_lines(flags.texts);
  CLIPCLUSTER_RETURN_IF_ERROR(stop_if_interrupted());
  if (texts.empty()) return Status::invalid_argument("standard input holds no line; give one text a line");
  ClipOptions options;
  options.precision = precision_of(flags.precision);
  options.image_tower = false;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ClipModel model, ClipModel::load(folder, options));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const MatrixF embeddings, model.embed_texts(texts));
  CLIPCLUSTER_RETURN_IF_ERROR(outputs.write(flags.output, embeddings.view()));
  return session.finish(
      {{"rows", embeddings.rows()},
       {"columns", embeddings.cols()},
       {"model", model.folder()},
       {"model_fingerprint", model.fingerprint()},
       {"precision", precision_name(model.precision())},
       {"outputs", outputs.to_json()}},
      fmt::format("{} embedded in {} columns: {}", counted(embeddings.rows(), "text", "texts"),
                  embeddings.cols(), outputs.names()));
}

}  // namespace

Command make_text_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<TextFlags>();
  CLI::App* app = program.add_subcommand("text", "CLIP embeddings of texts");
  app->add_option("TEXT", flags->texts, "Texts; - alone reads them from standard input, one a line")
      ->required();
  app->add_option("-o,--output", flags->output,
                  "Where to write the embeddings, float32 [texts, d], unit rows")
      ->required()
      ->type_name("FILE");
  add_model(*app, flags->model);
  add_precision(*app, flags->precision);
  add_device(*app, flags->device);
  add_common_options(*app, common);
  add_example(*app, "clipcluster text \"a photo of a dog\" \"a photo of a cat\" -o T.npy");
  return {app, [flags](Session& session) { return run_text(*flags, session); }};
}

}  // namespace clipcluster::cli
