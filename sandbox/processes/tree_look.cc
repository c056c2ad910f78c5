#include "sandbox/processes/tree_look.h"

#include <time.h>

#include "sandbox/processes/process_tree.h"

namespace carrel {
namespace {

absl::Duration CpuTimeOfThisThread() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

}  // namespace

TreeLook::Reading TreeLook::Take() {
  const absl::Duration begin = CpuTimeOfThisThread();
  LacksForLooks();
  Reading reading;
  reading.tree = ListTree(supervisor_);
  session_cpu_->NoteTree(reading.tree);
  reading.cpu = session_cpu_->Total(reading.tree);
  if (reading.tree != tree_ || reading.cpu != cpu_) {
    // Read before its memory: who computes meanwhile is looked at again.
    tree_ = reading.tree;
    cpu_ = reading.cpu;
    exceeds_memory_ = memory_limit_ >= 0 && ExceedsMemory(tree_);
  }
  // Who may have been overlooked is looked at again, also if it sleeps from now on.
  if (LacksForLooks()) tree_.clear();
  reading.exceeds_memory = exceeds_memory_;
  reading.cost = CpuTimeOfThisThread() - begin;
  return reading;
}

bool TreeLook::ExceedsMemory(const std::vector<pid_t>& tree) const {
  BorrowedUser user(HasOwnNamespaces(lane_) || !HasOwnUser(lane_) ? 0 : uid_);
  const int64_t left = memory_limit_ - (HasOwnNamespaces(lane_) ? SocketBufferBytes(tree[0])
                                                                : SocketBufferBytesOf(tree));
  return ResidentBytes(tree) > left && ProportionalBytes(tree) > left;
}

}  // namespace carrel
