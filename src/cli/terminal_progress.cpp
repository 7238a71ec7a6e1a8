#include "cli/terminal_progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/interrupt.h"
#include "cli/text_format.h"

namespace clipcluster::cli {
namespace {

constexpr auto bar_interval = std::chrono::milliseconds(100);
constexpr auto line_interval = std::chrono::seconds(10);

std::size_t terminal_width() {
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string amount(const ProgressEvent& event) {
  if (event.total == 0) return fmt::format("{} {}", grouped(event.done), event.unit);
  return fmt::format("{}/{} {}", grouped(event.done), grouped(event.total), event.unit);
}

double share(const ProgressEvent& event) {
  return std::min(1.0, static_cast<double>(event.done) / static_cast<double>(event.total));
}

std::string rate_text(double rate) {
  return rate >= 10 ? fmt::format("{}/s", grouped(static_cast<std::uint64_t>(rate)))
                    : fmt::format("{:.1f}/s", rate);
}

// ", 1.2 GB read", for steps that read files.
std::string reading(const ProgressEvent& event) {
  return event.bytes == 0 ? "" : fmt::format(", {} read", bytes_text(event.bytes));
}

}  // namespace

TerminalProgress::~TerminalProgress() { clear_line(); }

bool TerminalProgress::cancelled() { return interrupted(); }

void TerminalProgress::note(std::string_view sentence) {
  notes_.emplace_back(sentence);
  if (style_ == ProgressStyle::none) return;
  clear_line();
  fmt::print(stderr, "{}\n", sentence);
}

void TerminalProgress::detail(std::string_view sentence) {
  if (style_ == ProgressStyle::none || !with_details_) return;
  clear_line();
  fmt::print(stderr, "{}\n", sentence);
}

void TerminalProgress::clear_line() {
  if (line_is_dirty_) fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  line_is_dirty_ = false;
}

double TerminalProgress::elapsed() const {
  return std::chrono::duration<double>(Clock::now() - started_).count();
}

double TerminalProgress::rate(const ProgressEvent& event) const {
  const double seconds = elapsed();
  const std::uint64_t done = event.done - std::min(event.done, done_at_start_);
  return seconds > 0 ? static_cast<double>(done) / seconds : 0.0;
}

std::string TerminalProgress::time_left(const ProgressEvent& event) const {
  const double speed = rate(event);
  if (event.total <= event.done || speed <= 0 || elapsed() < 0.5) return "";
  return fmt::format(", {} left", clock_text(static_cast<double>(event.total - event.done) / speed));
}

std::string TerminalProgress::bar_line(const ProgressEvent& event) const {
  const std::string counts =
      fmt::format("{}, {}{}{}", amount(event), rate_text(rate(event)), reading(event), time_left(event));
  if (event.total == 0) return fmt::format("{}  {}", event.step, counts);
  const std::string percentage = fmt::format("{:3.0f} %", share(event) * 100);
  const std::size_t taken = event.step.size() + percentage.size() + counts.size() + 9;
  const std::size_t width = std::min<std::size_t>(40, terminal_width() - std::min(terminal_width(), taken));
  if (width < 5) return fmt::format("{}  {}  {}", event.step, percentage, counts);
  const auto filled = static_cast<std::size_t>(share(event) * static_cast<double>(width));
  return fmt::format("{}  [{}{}]  {}  {}", event.step, std::string(filled, '='),
                     std::string(width - filled, ' '), percentage, counts);
}

std::string TerminalProgress::plain_line(const ProgressEvent& event) const {
  const std::string percentage = event.total == 0 ? "" : fmt::format("{:.0f} %, ", share(event) * 100);
  return fmt::format("{}: {}{}, {}{}{}", event.step, percentage, amount(event), rate_text(rate(event)),
                     reading(event), time_left(event));
}

void TerminalProgress::show(const ProgressEvent& event) {
  shown_ = Clock::now();
  if (style_ == ProgressStyle::lines) {
    fmt::print(stderr, "{}\n", plain_line(event));
    return;
  }
  // A line longer than the terminal would wrap, and \r could not take it back.
  fmt::print(stderr, "\r{}\x1b[K", bar_line(event).substr(0, terminal_width() - 1));
  std::fflush(stderr);
  line_is_dirty_ = true;
}

void TerminalProgress::start_step(const ProgressEvent& event) {
  clear_line();
  step_ = event.step;
  finished_ = false;
  done_at_start_ = event.done;
  started_ = shown_ = Clock::now();
  if (style_ != ProgressStyle::lines) return;
  fmt::print(stderr, "{}: {}\n", event.step,
             event.total == 0 ? "started" : fmt::format("{} {}", grouped(event.total), event.unit));
}

void TerminalProgress::finish_step(const ProgressEvent& event) {
  clear_line();
  finished_ = true;
  fmt::print(stderr, "{}: {} {} in {} ({}{})\n", event.step, grouped(event.done), event.unit,
             seconds_text(elapsed()), rate_text(rate(event)), reading(event));
}

void TerminalProgress::report(const ProgressEvent& event) {
  if (style_ == ProgressStyle::none) return;
  const bool complete = event.total != 0 && event.done >= event.total;
  const bool another = event.step != step_ || (finished_ && event.done == 0);
  if (another) start_step(event);
  if (finished_) return;
  if (complete) {
    finish_step(event);
    return;
  }
  const auto interval =
      style_ == ProgressStyle::bar ? Clock::duration(bar_interval) : Clock::duration(line_interval);
  if (Clock::now() - shown_ >= interval) show(event);
}

}  // namespace clipcluster::cli
