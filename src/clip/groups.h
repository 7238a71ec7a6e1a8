// Spreads many independent items (images, texts) over the threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "clip/transformer.h"
#include "clipcluster/parallel.h"

namespace clipcluster::clip {

// Workspaces outlive the calls that use them: allocating them anew costs more than a small layer.
class WorkspacePool {
 public:
  std::unique_ptr<Workspace> take() {
    const std::scoped_lock lock(mutex_);
    if (free_.empty()) return std::make_unique<Workspace>();
    auto workspace = std::move(free_.back());
    free_.pop_back();
    return workspace;
  }
  void give_back(std::unique_ptr<Workspace> workspace) {
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(workspace));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> free_;
};

// Items of a group follow each other through every chunk of a layer, so that its weights come from
// memory once for the group.
constexpr std::size_t kLargestGroup = 4;

// Calls body(begin, end, workspace) for groups of items that cover [0, count): first as many rounds
// of one group per thread as there are, then the rest one group after the other, the threads sharing
// the work within a group. Which items meet in a group must not change any item's result.
template <class Body>
void for_each_group(std::size_t count, WorkspacePool& pool, Body&& body) {
  const auto run = [&](std::size_t begin, std::size_t end) {
    auto workspace = pool.take();
    body(begin, end, *workspace);
    pool.give_back(std::move(workspace));
  };
  const auto threads = static_cast<std::size_t>(threads_here());
  const std::size_t group = std::clamp<std::size_t>(count / threads, 1, kLargestGroup);
  const std::size_t whole_rounds = count / (group * threads) * (group * threads);
  parallel_for(whole_rounds, group, run);
  for (std::size_t begin = whole_rounds; begin < count; begin += kLargestGroup) {
    run(begin, std::min(count, begin + kLargestGroup));
  }
}

}  // namespace clipcluster::clip
