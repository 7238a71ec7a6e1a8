// One running subcommand: where its messages, its progress and its result go.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/terminal_progress.h"
#include "clipcluster/status.h"

namespace clipcluster::cli {

using Json = nlohmann::ordered_json;

class Session {
 public:
  Session(std::string command, const CommonOptions& common);

  Progress& progress() { return progress_; }
  const CommonOptions& common() const { return common_; }

  // A sentence on stderr unless -q; also in the JSON result.
  void note(const std::string& sentence) { progress_.note(sentence); }
  // A sentence on stderr with -v.
  void detail(const std::string& sentence) { progress_.detail(sentence); }
  // An error on stderr, also with -q.
  void complain(const std::string& sentence);

  // The result: `result` as JSON with --json, else `summary`. What was asked for (a table) is shown
  // with -q as well; a mere report of what was done is not.
  ExitCode finish(Json result, const std::string& summary, ExitCode code = ExitCode::done);
  ExitCode answer(Json result, const std::string& table, ExitCode code = ExitCode::done);
  ExitCode fail(const Status& status);
  ExitCode fail_usage(const std::string& sentence);

  double seconds() const;

 private:
  void print_result(Json result, const std::string& text, bool show_text);
  void print_error(const std::string& sentence, ExitCode code);

  std::string command_;
  const CommonOptions& common_;
  TerminalProgress progress_;
  std::chrono::steady_clock::time_point started_;
};

// Anything but -q: bar or lines, as stderr is a terminal or not.
ProgressStyle progress_style(const CommonOptions& common);

}  // namespace clipcluster::cli
