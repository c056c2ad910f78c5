#include "sandbox/processes/cell_meter.h"

#include <algorithm>

#include "sandbox/processes/process_tree.h"

namespace carrel {
namespace {

// The maximum number of processes sampled on the event loop; CPU time of further ones is
// under-reported.
constexpr size_t kMaxCountedProcesses = 32;
// The shortest cell for which other processes are sampled: a clock tick of the kernel's accounts is
// 10 ms, so children of shorter cells hardly show.
constexpr absl::Duration kWorthASample = absl::Milliseconds(5);
// The shortest cell for which they always are sampled. In a shorter one the interpreter must have
// used enough CPU time to start a process: where many sessions share few CPUs, every cell takes
// milliseconds.
constexpr absl::Duration kAlwaysWorthASample = absl::Milliseconds(100);
constexpr absl::Duration kCostOfAChild = absl::Microseconds(200);
// A peak that exceeds the current use by less than this is not reset: a reset costs as much as ten
// other system calls.
constexpr int64_t kPeakSlackBytes = 256 << 10;
// An interpreter that has used less CPU time since the last sample is reported with the memory that
// it had then: a sample takes as long as a short cell. In that time it can touch some 4 MiB.
constexpr absl::Duration kTimeToGrow = absl::Milliseconds(2);
// The supervisor and the interpreter.
constexpr size_t kOwnProcesses = 2;

}  // namespace

void CellMeter::Find() {
  std::vector<pid_t> tree = ListTree(supervisor_, kOwnProcesses);
  if (tree.size() < kOwnProcesses || clock_getcpuclockid(tree[1], &clock_) != 0) return;
  interpreter_ = tree[1];
  session_cpu_->Begin(interpreter_);
  peak_bytes_ = ReadMemoryUse(interpreter_).value_or(MemoryUse()).peak_bytes;
  ForgetPeak();
}

void CellMeter::ForgetPeak() {
  if (forgetting_->pending.exchange(true)) return;
  samplers_->Post([pid = interpreter_, forgetting = forgetting_] {
    forgetting->forgotten_bytes = ReadMemoryUse(pid).value_or(MemoryUse()).peak_bytes;
    ResetPeakMemory(pid);
    forgetting->pending = false;
  });
}

absl::Duration CellMeter::OwnCpu() const {
  timespec own;
  // A pid is not reused while the parent, the supervisor, has not reaped the process; after that
  // nothing calls this any more.
  if (interpreter_ == 0 || clock_gettime(clock_, &own) != 0) return own_;
  return absl::DurationFromTimespec(own);
}

void CellMeter::Start() {
  began_before_forgetting_ = forgetting_->pending;
  if (has_others_) {
    others_ = session_cpu_->Total(ListTree(supervisor_, kMaxCountedProcesses)) - OwnCpu();
  }
  own_ = OwnCpu();
}

CellMeter::Reading CellMeter::Stop(absl::Duration wall) {
  Reading reading;
  const absl::Duration own = OwnCpu();
  const bool may_have_others = has_others_ || own - own_ >= kCostOfAChild;
  if (wall < kWorthASample || (wall < kAlwaysWorthASample && !may_have_others)) {
    reading.cpu = own - own_;
  } else {
    std::vector<pid_t> tree = ListTree(supervisor_, kMaxCountedProcesses);
    const absl::Duration cpu = session_cpu_->Total(tree);
    reading.cpu = SinceStart(cpu);
    others_ = cpu - own;
    has_others_ = tree.size() > kOwnProcesses;
  }
  reading.peak_memory_bytes = memory_bytes_;
  if (own - own_read_ < kTimeToGrow) return reading;
  own_read_ = own;
  const MemoryUse memory = ReadMemoryUse(interpreter_).value_or(MemoryUse());
  reading.peak_memory_bytes = memory.peak_bytes;
  // A higher peak than the one at the request was reached in this cell.
  const int64_t forgotten = forgetting_->forgotten_bytes;
  if (began_before_forgetting_ && forgotten > peak_bytes_)
    reading.peak_memory_bytes = std::max(reading.peak_memory_bytes, forgotten);
  memory_bytes_ = memory.bytes;
  if (memory.peak_bytes - memory.bytes > kPeakSlackBytes) {
    if (!forgetting_->pending) peak_bytes_ = memory.peak_bytes;
    ForgetPeak();
  }
  return reading;
}

void CellMeter::Rest() { own_noted_ = absl::InfiniteDuration(); }

void CellMeter::NoteTree(const std::vector<pid_t>& tree, absl::Duration total,
                         absl::Duration own_cpu) {
  has_others_ = tree.size() > kOwnProcesses;
  own_noted_ = own_cpu;
  others_ = total - own_noted_;
}

bool CellMeter::Asleep() const { return !has_others_ && OwnCpu() == own_noted_; }

}  // namespace carrel
