#include "sandbox/processes/tree_sampler.h"

#include <sys/stat.h>

#include <chrono>
#include <limits>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "sandbox/posix/thread_cpu_time.h"
#include "sandbox/processes/process_tree.h"
#include "sandbox/processes/unnamed_files.h"

namespace carrel {
namespace {

// The number of passes over the tree: a process can pass what it holds to a new one while others
// are sampled.
constexpr int kRounds = 4;
// The lifetime of a sample: the kernel's count may stand still though the guest works, in a program
// that may be executed but not read.
constexpr std::chrono::seconds kMostTrust{1};
// A guest that evades this many consecutive samples does so on purpose.
constexpr int kEvadingSamples = 3;

// Returns true if the mappings of the session's processes can be read, and each of its mounts has a
// device of its own.
bool KnowsDevices(IsolationMode isolation_mode) { return HasOwnNamespaces(isolation_mode); }

// Returns the device of /mnt/data, in the root directory that only the session's processes see.
absl::optional<dev_t> DeviceOfWorkspace(const SampleTarget& session) {
  struct stat status {};
  const std::string path = absl::StrCat("/proc/", session.supervisor, "/root/mnt/data");
  if (!KnowsDevices(session.isolation_mode) || stat(path.c_str(), &status) != 0)
    return absl::nullopt;
  return status.st_dev;
}

}  // namespace

TreeSampler::Reading TreeSampler::Take() {
  const absl::Duration begin = ThreadCpuTime();
  const absl::optional<absl::Duration> counted = session_cpu_->Counted();
  // Processes that have not computed have not started any, either.
  const bool is_still = is_certain_ && counted.has_value() && *counted == counted_;
  const auto now = std::chrono::steady_clock::now();
  if (!is_still || now > sampled_ + kMostTrust) {
    is_certain_ &= is_still;
    sampled_ = now;
    counted_ = counted.value_or(absl::ZeroDuration());
    Sample();
  }
  Reading reading = last_;
  reading.cost = ThreadCpuTime() - begin;
  return reading;
}

void TreeSampler::Sample() {
  TookResourceError();
  std::vector<pid_t> tree = ListTree(session_.supervisor);
  session_cpu_->NoteTree(tree);
  // The CPU time is read before the memory: a process that computes meanwhile is sampled again.
  const absl::Duration cpu = session_cpu_->Total(tree);
  if (!is_certain_ || tree != last_.tree || cpu != last_.cpu) last_.excess = FindExcess(tree);
  last_.tree = std::move(tree);
  last_.cpu = cpu;
  // A process that may have been missed is sampled again, even if it sleeps from now on.
  is_certain_ = !TookResourceError() && evading_samples_ == 0;
}

absl::optional<StopReason> TreeSampler::FindExcess(const std::vector<pid_t>& tree) {
  const IsolationMode isolation_mode = session_.isolation_mode;
  ScopedFsUser user(HasOwnNamespaces(isolation_mode) || !HasOwnUser(isolation_mode) ? 0
                                                                                    : session_.uid);
  const UnnamedFiles unnamed = MeasureUnnamed(tree);
  evading_samples_ = unnamed.evades() ? evading_samples_ + 1 : 0;
  const bool has_memory_limit = session_.memory_bytes >= 0;
  if (unnamed.file_bytes() > session_.deleted_bytes) return StopReason::kWorkspaceLimit;
  if (evading_samples_ >= kEvadingSamples)
    return has_memory_limit ? StopReason::kMemoryLimit : StopReason::kWorkspaceLimit;
  if (has_memory_limit && ExceedsMemory(tree, unnamed)) return StopReason::kMemoryLimit;
  return absl::nullopt;
}

int64_t TreeSampler::MemoryLimit() const {
  return session_.memory_bytes >= 0 ? session_.memory_bytes : std::numeric_limits<int64_t>::max();
}

UnnamedFiles TreeSampler::MeasureUnnamed(std::vector<pid_t> tree) const {
  UnnamedFiles unnamed(KnowsDevices(session_.isolation_mode), DeviceOfWorkspace(session_));
  // The supervisor is trusted, and cannot be inspected by every user.
  std::set<pid_t> seen = {session_.supervisor};
  for (int round = 0; round < kRounds; ++round) {
    const size_t before = seen.size();
    // The newest processes come first: they may not exist for long.
    for (auto pid = tree.rbegin(); pid != tree.rend(); ++pid)
      if (seen.insert(*pid).second) unnamed.Add(*pid, MemoryLimit());
    if (seen.size() == before) break;
    tree = ListTree(session_.supervisor);
  }
  return unnamed;
}

bool TreeSampler::ExceedsMemory(const std::vector<pid_t>& tree, const UnnamedFiles& unnamed) const {
  int64_t left = session_.memory_bytes - unnamed.memory_bytes() - unnamed.mapping_bytes();
  if (left < 0) return true;
  left -= PageTableBytes(tree) + (HasOwnNamespaces(session_.isolation_mode)
                                      ? SocketBufferBytes(tree[0])
                                      : SocketBufferBytesOf(tree));
  // Shared memory has been counted as files, where that is possible.
  return ResidentBytes(tree) > left &&
         ProportionalBytes(tree, !KnowsDevices(session_.isolation_mode)) > left;
}

}  // namespace carrel
