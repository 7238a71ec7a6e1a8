#include "cli/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cli/json_text.h"
#include "clipcluster/cpu.h"
#include "clipcluster/memory.h"
#include "clipcluster/parallel.h"

namespace clipcluster::cli {

ProgressStyle progress_style(const CommonOptions& common) {
  if (common.quiet) return ProgressStyle::none;
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return isatty(STDERR_FILENO) != 0 && !dumb ? ProgressStyle::bar : ProgressStyle::lines;
}

Session::Session(std::string command, const CommonOptions& common)
    : command_(std::move(command)),
      common_(common),
      progress_(progress_style(common), common.verbose),
      started_(std::chrono::steady_clock::now()) {
  set_thread_count(common.threads);
  set_memory_limit(common.memory_limit);
  detail(fmt::format("{} threads, instruction set {}", thread_count(),
                     instruction_set_name(instruction_set())));
}

double Session::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

void Session::complain(const std::string& sentence) {
  progress_.clear_line();
  fmt::print(stderr, "clipcluster {}: {}\n", command_, sentence);
}

void Session::print_result(Json result, const std::string& text, bool show_text) {
  progress_.clear_line();
  if (common_.json) {
    Json whole = {{"command", command_}};
    for (auto& [key, value] : result.items()) whole[key] = std::move(value);
    whole["notes"] = progress_.notes();
    whole["seconds"] = seconds();
    fmt::print("{}\n", json_line(whole));
  } else if (show_text) {
    fmt::print("{}\n", text);
  }
  std::fflush(stdout);
}

ExitCode Session::finish(Json result, const std::string& summary, ExitCode code) {
  print_result(std::move(result), summary, !common_.quiet);
  return code;
}

ExitCode Session::answer(Json result, const std::string& table, ExitCode code) {
  print_result(std::move(result), table, true);
  return code;
}

void Session::print_error(const std::string& sentence, ExitCode code) {
  complain(sentence);
  if (!common_.json) return;
  fmt::print(
      "{}\n",
      json_line({{"command", command_}, {"error", sentence}, {"exit_code", static_cast<int>(code)}}));
}

ExitCode Session::fail(const Status& status) {
  const ExitCode code = status.code() == ErrorCode::cancelled ? ExitCode::interrupted : ExitCode::failed;
  print_error(status.message(), code);
  return code;
}

ExitCode Session::fail_usage(const std::string& sentence) {
  print_error(sentence, ExitCode::wrong_usage);
  fmt::print(stderr, "see clipcluster {} --help\n", command_);
  return ExitCode::wrong_usage;
}

}  // namespace clipcluster::cli
