#include "sandbox/processes/session_cpu.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "absl/status/statusor.h"
#include "sandbox/cgroup/cgroup_removal.h"
#include "sandbox/posix/small_file.h"
#include "sandbox/processes/process_tree.h"

namespace carrel {
namespace {

// The CPU time of a reaped child that its parent's account may lack: the kernel counts it in ticks
// of 10 ms, user and system time separately.
constexpr int64_t kInexactness = 20'000'000;

// Opens a counter of the CPU time of a process and of all processes that it starts from now on;
// returns -1 if it cannot.
int OpenCounter(pid_t pid) {
  perf_event_attr attributes{};
  attributes.size = sizeof(attributes);
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_TASK_CLOCK;
  attributes.inherit = 1;
  return static_cast<int>(
      syscall(SYS_perf_event_open, &attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

// Returns true if a process that is missing in the list of all exists nevertheless: a list misses a
// process whose parent ends meanwhile, and without descriptors nothing can be read about it.
bool IsStillThere(pid_t pid, uint64_t start) {
  const ProcessTimes times = ReadTimes(pid);
  return times.start == start || (times.start == 0 && (kill(pid, 0) == 0 || errno == EPERM));
}

}  // namespace

SessionCpu::~SessionCpu() {
  if (counter_ >= 0) close(counter_);
}

void SessionCpu::Begin(pid_t interpreter) {
  if (!cgroup_.empty()) return;
  const int counter = OpenCounter(interpreter);
  before_counter_ = OwnCpuTime(interpreter);
  counter_ = counter;
}

absl::optional<absl::Duration> SessionCpu::Counted() const {
  if (!cgroup_.empty()) {
    absl::StatusOr<std::string> text = ReadSmallFile(cgroup_ + "/cpu.stat");
    if (text.ok()) return absl::Microseconds(NumberAfter(*text, "usage_usec"));
  }
  const int counter = counter_;
  uint64_t counted = 0;
  if (counter >= 0 && read(counter, &counted, sizeof(counted)) == sizeof(counted))
    return absl::Nanoseconds(counted) + before_counter_ + OwnCpuTime(supervisor_);
  return absl::nullopt;
}

absl::Duration SessionCpu::Total(const std::vector<pid_t>& tree) const {
  const absl::Duration of_tree = CpuTime(tree) + absl::Nanoseconds(lost_.load());
  return std::max(Counted().value_or(of_tree), of_tree);
}

SessionCpu::SeenTree SessionCpu::SeeTree(const std::vector<pid_t>& tree) {
  SeenTree seen;
  for (pid_t pid : tree) {
    const ProcessTimes times = ReadTimes(pid);
    if (times.start == 0) continue;
    seen[{pid, times.start}] = {absl::ToInt64Nanoseconds(OwnCpuTime(pid)),
                                absl::ToInt64Nanoseconds(times.of_children)};
  }
  return seen;
}

void SessionCpu::NoteTree(const std::vector<pid_t>& tree) {
  if (!cgroup_.empty()) return;
  SeenTree now = SeeTree(tree);
  int64_t gone = 0;        // CPU time of the processes that are gone.
  int64_t waited_for = 0;  // Growth of the accounts of reaped children.
  for (const auto& [process, before] : seen_) {
    const auto found = now.find(process);
    if (found != now.end())
      waited_for += found->second.of_children - before.of_children;
    else if (IsStillThere(process.first, process.second))
      now.emplace(process, before);
    else
      gone += std::max<int64_t>(0, before.own + before.of_children - kInexactness);
  }
  lost_ += std::max<int64_t>(0, gone - waited_for);
  seen_ = std::move(now);
}

}  // namespace carrel
