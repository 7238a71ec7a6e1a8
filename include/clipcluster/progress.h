// How a long step tells where it is, and hears that it should stop.
#pragma once

#include <cstdint>
#include <string_view>

namespace clipcluster {

struct ProgressEvent {
  std::string_view step;    // what is being done, for people: "embedding", "neighbours"
  std::uint64_t done = 0;   // in `unit`s, 0..total
  std::uint64_t total = 0;  // 0 when it is not known
  std::string_view unit;    // "images", "rows", "epochs"
  std::uint64_t bytes = 0;  // read so far, where that means something
};

// Derive from this to show progress or to cancel. A step calls report() from one thread at a time,
// first with done = 0 and last with done = total; cancelled() may be called from several threads at
// once and must be cheap. A cancelled step returns Status::cancelled() and changes nothing.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void report(const ProgressEvent& event) { static_cast<void>(event); }
  virtual bool cancelled() { return false; }
  // A whole sentence that the person should read: something was done differently from what was asked.
  virtual void note(std::string_view sentence) { static_cast<void>(sentence); }
  // A whole sentence for who wants to know more: what a step needs, what it chose.
  virtual void detail(std::string_view sentence) { static_cast<void>(sentence); }

  // Shows nothing, never cancels.
  static Progress& none();
};

}  // namespace clipcluster
