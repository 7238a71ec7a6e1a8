// How long each step took, noted in the summary and, when there is one, in the project's run.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "clipcluster/project.h"

namespace clipcluster::internal {

class StepClock {
 public:
  StepClock() = default;
  StepClock(Project& project, std::int64_t run) : project_(&project), run_(run) {}

  // Runs `step` and notes its time if it succeeded. `step` returns a Status or a Result.
  template <class Step>
  auto time(const std::string& name, std::uint64_t items, Step&& step) -> decltype(step()) {
    const auto begin = std::chrono::steady_clock::now();
    auto outcome = step();
    if (!outcome.is_ok()) return outcome;
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    const Status noted = note({name, taken.count(), items});
    if (!noted.is_ok()) return noted;
    return outcome;
  }

  const std::vector<StepTiming>& steps() const { return steps_; }

 private:
  Status note(StepTiming step) {
    steps_.push_back(std::move(step));
    return project_ != nullptr ? project_->add_step(run_, steps_.back()) : Status();
  }

  Project* project_ = nullptr;
  std::int64_t run_ = 0;
  std::vector<StepTiming> steps_;
};

}  // namespace clipcluster::internal
