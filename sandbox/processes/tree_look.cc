#include "sandbox/processes/tree_look.h"

#include <sys/stat.h>
#include <time.h>

#include <set>

#include "sandbox/processes/process_tree.h"
#include "sandbox/processes/unnamed_files.h"

namespace carrel {
namespace {

// A process can hand on what it has to a new one while others are looked at: so often it is looked
// for once more.
constexpr int kRounds = 4;
// So often a reading is taken as it was because nobody has computed, before it is made anew: no
// account is trusted for ever.
constexpr int kMostTrust = 10;
// Who evades so many looks in a row does so on purpose.
constexpr int kEvadingLooks = 3;

absl::Duration CpuTimeOfThisThread() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

// Another's mappings can be asked for, and each mount of the session has a device of its own.
bool KnowsDevices(Lane lane) { return HasOwnNamespaces(lane); }

absl::optional<dev_t> DeviceOf(const LookedAt& session) {
  struct stat status {};
  if (!KnowsDevices(session.lane) || stat(session.workspace.c_str(), &status) != 0)
    return absl::nullopt;
  return status.st_dev;
}

}  // namespace

TreeLook::Reading TreeLook::Take() {
  const absl::Duration begin = CpuTimeOfThisThread();
  const absl::optional<absl::Duration> counted = session_cpu_->Counted();
  // Who has not computed has started nobody, either.
  const bool is_still = is_certain_ && counted.has_value() && *counted == counted_;
  if (!is_still || ++trusted_ > kMostTrust) {
    is_certain_ &= trusted_ <= kMostTrust;
    trusted_ = 0;
    counted_ = counted.value_or(absl::ZeroDuration());
    Look();
  }
  Reading reading = last_;
  reading.cost = CpuTimeOfThisThread() - begin;
  return reading;
}

void TreeLook::Look() {
  LacksForLooks();
  std::vector<pid_t> tree = ListTree(session_.supervisor);
  session_cpu_->NoteTree(tree);
  // Read before its memory: who computes meanwhile is looked at again.
  const absl::Duration cpu = session_cpu_->Total(tree);
  if (!is_certain_ || tree != last_.tree || cpu != last_.cpu) last_.excess = FindExcess(tree);
  last_.tree = std::move(tree);
  last_.cpu = cpu;
  // Who may have been overlooked is looked at again, also if it sleeps from now on.
  is_certain_ = !LacksForLooks() && evading_looks_ == 0;
}

absl::optional<StopReason> TreeLook::FindExcess(const std::vector<pid_t>& tree) {
  const Lane lane = session_.lane;
  BorrowedUser user(HasOwnNamespaces(lane) || !HasOwnUser(lane) ? 0 : session_.uid);
  const UnnamedFiles unnamed = MeasureUnnamed(tree);
  evading_looks_ = unnamed.evades() ? evading_looks_ + 1 : 0;
  if (unnamed.file_bytes() > session_.deleted_bytes) return StopReason::kWorkspaceLimit;
  if (session_.memory_bytes < 0) return absl::nullopt;
  if (evading_looks_ >= kEvadingLooks || ExceedsMemory(tree, unnamed.memory_bytes()))
    return StopReason::kMemoryLimit;
  return absl::nullopt;
}

UnnamedFiles TreeLook::MeasureUnnamed(std::vector<pid_t> tree) const {
  UnnamedFiles unnamed(KnowsDevices(session_.lane), DeviceOf(session_));
  std::set<pid_t> seen;
  for (int round = 0; round < kRounds; ++round) {
    const size_t before = seen.size();
    // The newest first: they may not be there for long.
    for (auto pid = tree.rbegin(); pid != tree.rend(); ++pid)
      if (seen.insert(*pid).second) unnamed.Add(*pid);
    if (seen.size() == before) break;
    tree = ListTree(session_.supervisor);
  }
  return unnamed;
}

bool TreeLook::ExceedsMemory(const std::vector<pid_t>& tree, int64_t unnamed_bytes) const {
  const int64_t sockets =
      HasOwnNamespaces(session_.lane) ? SocketBufferBytes(tree[0]) : SocketBufferBytesOf(tree);
  const int64_t left = session_.memory_bytes - sockets - PageTableBytes(tree) - unnamed_bytes;
  // What is shared has been counted as files, where that can be.
  return ResidentBytes(tree) > left && ProportionalBytes(tree, !KnowsDevices(session_.lane)) > left;
}

}  // namespace carrel
