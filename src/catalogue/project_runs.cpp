// The log of runs: what was asked for, by which program, and how long each step took.
#include <chrono>
#include <ctime>

#include "catalogue/project_parts.h"

namespace clipcluster {
namespace {

using internal::Statement;

// ISO 8601, UTC, whole seconds.
std::string now() {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

ProjectRun read_run(const Statement& row) {
  ProjectRun run;
  run.id = row.integer(0);
  run.command = row.text(1);
  run.options = row.text(2);
  run.program_version = row.text(3);
  run.machine = row.text(4);
  run.started = row.text(5);
  run.finished = row.text(6);
  return run;
}

}  // namespace

Result<std::int64_t> Project::start_run(const ProjectRun& run) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement insert,
      parts_->database.prepare("INSERT INTO run (command, options, program_version, machine, "
                               "started) VALUES (?, ?, ?, ?, ?)"));
  insert.bind(1, run.command).bind(2, run.options).bind(3, run.program_version).bind(4, run.machine);
  CLIPCLUSTER_RETURN_IF_ERROR(insert.bind(5, now()).run());
  return parts_->database.last_insert_id();
}

Status Project::add_step(std::int64_t run, const StepTiming& step) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement insert,
      parts_->database.prepare("INSERT INTO step (run, number, name, seconds, items) VALUES (?1, "
                               "(SELECT count(*) FROM step WHERE run = ?1), ?2, ?3, ?4)"));
  insert.bind(1, run)
      .bind(2, step.name)
      .bind(3, step.seconds)
      .bind(4, static_cast<std::int64_t>(step.items));
  return insert.run();
}

Status Project::finish_run(std::int64_t run) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(Statement update,
                               parts_->database.prepare("UPDATE run SET finished = ? WHERE id = ?"));
  return update.bind(1, now()).bind(2, run).run();
}

Result<std::vector<ProjectRun>> Project::runs() const {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement statement,
      parts_->database.prepare(
          "SELECT id, command, options, program_version, machine, started, finished FROM run ORDER BY id"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement steps,
      parts_->database.prepare("SELECT name, seconds, items FROM step WHERE run = ? ORDER BY number"));
  std::vector<ProjectRun> runs;
  while (true) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const bool row, statement.next());
    if (!row) return runs;
    runs.push_back(read_run(statement));
    steps.bind(1, runs.back().id);
    while (true) {
      CLIPCLUSTER_ASSIGN_OR_RETURN(const bool step, steps.next());
      if (!step) break;
      runs.back().steps.push_back(
          {steps.text(0), steps.real(1), static_cast<std::uint64_t>(steps.integer(2))});
    }
  }
}

}  // namespace clipcluster
