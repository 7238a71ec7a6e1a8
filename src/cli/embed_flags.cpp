#include "cli/embed_flags.h"

#include "cli/built_in_model.h"
#include "cli/options.h"

namespace clipcluster::cli {

CLI::Option* add_precision(CLI::App& command, std::string& precision) {
  return add_choice(command, "--precision", precision, "Arithmetic of the CLIP towers",
                    {"auto", "f32", "bf16", "int8"});
}

CLI::Option* add_model(CLI::App& command, std::string& folder) {
  return command
      .add_option("--model", folder,
                  "CLIP checkpoint folder, or name of a downloaded model (default: the built-in "
                  "demonstration model)")
      ->type_name("MODEL");
}

CLI::Option* add_device(CLI::App& command, std::string& device) {
  return add_choice(command, "--device", device, "Where the CLIP towers run; there is no other yet",
                    {"cpu"});
}

void add_embed_flags(CLI::App& command, EmbedFlags& flags) {
  const std::string group = "Images";
  add_model(command, flags.options.model_folder)->group(group);
  add_precision(command, flags.precision)->group(group);
  add_device(command, flags.device)->group(group);
  flags.fast_decode_given =
      command
          .add_flag("--fast-decode,!--no-fast-decode", flags.fast_decode,
                    "Decode large JPEGs at a half, a quarter or an eighth of their size: faster, slightly "
                    "other vectors (default: as the project was made, else off)")
          ->group(group);
  command
      .add_flag("--include-hidden", flags.options.find.include_hidden,
                "Also files and folders whose name begins with a dot")
      ->group(group);
  command
      .add_flag("--archives", flags.options.find.archives_in_folders,
                "Also what is in zip and tar archives inside folders (as inputs they are always read)")
      ->group(group);
  command.add_flag("--no-follow-links", flags.no_follow_links, "Leave symbolic links out")->group(group);
  add_byte_count(command, "--max-pixels", flags.options.decode.max_pixels,
                 "Larger images are skipped, not decoded")
      ->group(group);
  add_byte_count(command, "--max-bytes", flags.options.decode.max_bytes,
                 "Larger files are skipped, not read")
      ->group(group);
}

Precision precision_of(const std::string& name) { return precision_named(name); }

Result<EmbedOptions> embed_options(const EmbedFlags& flags, const std::string& former_model,
                                   Session& session) {
  EmbedOptions options = flags.options;
  CLIPCLUSTER_ASSIGN_OR_RETURN(options.model_folder,
                               model_folder(flags.options.model_folder, former_model, session));
  options.precision = precision_of(flags.precision);
  options.find.follow_links = !flags.no_follow_links;
  if (flags.fast_decode_given->count() > 0) options.fast_decode = flags.fast_decode;
  return options;
}

}  // namespace clipcluster::cli
