// The program: takes the command line apart, runs one subcommand, turns errors into exit codes.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/usage_error.h"
#include "clipcluster/version.h"

namespace clipcluster::cli {
namespace {

std::vector<Command> make_commands(CLI::App& program, CommonOptions& common) {
  std::vector<Command> commands;
  for (const auto make :
       {make_run_command,    make_assign_command, make_report_command,  make_info_command,
        make_eval_command,   make_dedup_command,  make_tune_command,    make_name_command,
        make_search_command, make_refine_command, make_compare_command, make_model_command,
        make_embed_command,  make_text_command,   make_knn_command,     make_pca_command,
        make_umap_command,   make_tsne_command,   make_hdbscan_command, make_fit_command}) {
    commands.push_back(make(program, common));
  }
  return commands;
}

void describe_program(CLI::App& program) {
  program.name("clipcluster");
  program.require_subcommand(1);
  program.set_version_flag("--version", fmt::format("clipcluster {}", version()));
  program.footer(
      "Example:\n  clipcluster run ~/Pictures -o pictures\n\n"
      "clipcluster COMMAND --help says more about each command.");
}

std::string parsing_error(const CLI::App& program, const CLI::ParseError& error,
                          const std::vector<std::string>& arguments) {
  const bool unknown_command =
      program.get_subcommands().empty() && !arguments.empty() && arguments[0][0] != '-';
  if (!unknown_command) return error.what();
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands(nullptr)) names.push_back(command->get_name());
  return fmt::format("there is no command '{}'; the commands are {}", arguments[0], fmt::join(names, ", "));
}

// Help and version end well; everything else is wrong usage, on stderr.
ExitCode end_of_parsing(const CLI::App& program, const CLI::ParseError& error,
                        const std::vector<std::string>& arguments) {
  if (error.get_exit_code() == 0) return static_cast<ExitCode>(program.exit(error));
  const auto chosen = program.get_subcommands();
  const std::string name = chosen.empty() ? "clipcluster" : "clipcluster " + chosen[0]->get_name();
  fmt::print(stderr, "{}: {}\nsee {} --help\n", name, parsing_error(program, error, arguments), name);
  return ExitCode::wrong_usage;
}

ExitCode run_command(const Command& command, const CommonOptions& common) {
  Session session(command.app->get_name(), common);
  try {
    const Result<ExitCode> result = command.run(session);
    return result.is_ok() ? result.value() : session.fail(result.status());
  } catch (const UsageError& error) {
    return session.fail_usage(error.what());
  } catch (const std::bad_alloc&) {
    return session.fail(Status::resource_limit("not enough memory"));
  } catch (const std::exception& error) {
    return session.fail(Status::internal(error.what()));
  }
}

ExitCode run_program(int argc, char** argv) {
  CLI::App program("Clusters of images: CLIP embeddings, UMAP and HDBSCAN.");
  CommonOptions common;
  describe_program(program);
  const std::vector<Command> commands = make_commands(program, common);
  restore_brackets(program);
  const std::vector<std::string> arguments = protect_brackets(argc, argv);
  try {
    program.parse(
        std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // last first, as CLI11 wants them
  } catch (const CLI::ParseError& error) {
    return end_of_parsing(program, error, arguments);
  }
  const auto chosen = std::find_if(commands.begin(), commands.end(),
                                   [](const Command& command) { return command.app->parsed(); });
  return run_command(*chosen, common);
}

}  // namespace
}  // namespace clipcluster::cli

int main(int argc, char** argv) {
  using clipcluster::cli::ExitCode;
  clipcluster::cli::install_interrupt_handlers();
  try {
    return static_cast<int>(clipcluster::cli::run_program(argc, argv));
  } catch (const std::exception& error) {
    std::fputs("clipcluster: ", stderr);
    std::fputs(error.what(), stderr);
    std::fputs("\n", stderr);
    return static_cast<int>(ExitCode::failed);
  }
}
