// Progress on stderr: a bar where that is a terminal, lines otherwise.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "clipcluster/progress.h"

namespace clipcluster::cli {

enum class ProgressStyle { none, lines, bar };

// One step after another; a report of another step ends the former one.
class TerminalProgress : public Progress {
 public:
  TerminalProgress(ProgressStyle style, bool with_details) : style_(style), with_details_(with_details) {}
  ~TerminalProgress() override;

  void report(const ProgressEvent& event) override;
  // True after Ctrl-C.
  bool cancelled() override;
  void note(std::string_view sentence) override;
  void detail(std::string_view sentence) override;

  // All of them so far, shown or not.
  const std::vector<std::string>& notes() const { return notes_; }

  // Takes an unfinished bar off the screen, so that a message can be printed.
  void clear_line();

 private:
  using Clock = std::chrono::steady_clock;

  void start_step(const ProgressEvent& event);
  void finish_step(const ProgressEvent& event);
  void show(const ProgressEvent& event);
  std::string bar_line(const ProgressEvent& event) const;
  std::string plain_line(const ProgressEvent& event) const;
  double elapsed() const;
  double rate(const ProgressEvent& event) const;
  // ", 0:12 left", or nothing while nobody can know.
  std::string time_left(const ProgressEvent& event) const;

  ProgressStyle style_;
  bool with_details_;
  std::vector<std::string> notes_;
  std::string step_;
  bool finished_ = true;
  std::uint64_t done_at_start_ = 0;
  Clock::time_point started_;
  Clock::time_point shown_;
  bool line_is_dirty_ = false;
};

}  // namespace clipcluster::cli
