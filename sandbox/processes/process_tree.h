// What the host's /proc says of a session's processes. All of them descend from
// its supervisor: orphans inside a pid namespace become its children.
#ifndef CARREL_SANDBOX_PROCESSES_PROCESS_TREE_H_
#define CARREL_SANDBOX_PROCESSES_PROCESS_TREE_H_

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace carrel {

// `root` and its descendants: at most `limit` of them, found by looking at no more than
// `limit` threads, and at no more of a thread's children. A process that ends meanwhile may be
// missing.
std::vector<pid_t> ListTree(pid_t root, size_t limit = 8192);

// True if this process had no descriptors or no memory left for one of these functions, on this
// thread, since it was last asked: then they have told of less than there is.
bool LacksForLooks();

// Tells LacksForLooks of an error (errno) that another function has met when it looked at a
// process.
void NoteFailedLook(int error);

// A thread of the process that has not ended, by whose /proc/<thread>/ the process tells of its
// memory and files: that of the first thread tells of nothing once it has ended (pthread_exit, the
// system call exit), though others live. 0 if there is none.
pid_t LivingThread(pid_t pid);

// False if it is gone, or only waits to be reaped: not where its first thread has ended, and
// others live.
bool IsRunning(pid_t pid);

// How many of these processes run.
int CountRunning(const std::vector<pid_t>& pids);

// Its real user id; nullopt if it is gone.
absl::optional<uint32_t> UserOf(pid_t pid);

// CPU time of a process, without its children's; zero if it is gone.
absl::Duration OwnCpuTime(pid_t pid);
// What its `stat` tells of it.
struct ProcessTimes {
  uint64_t start = 0;          // When it was started, in the kernel's ticks; 0 if it is gone.
  absl::Duration of_children;  // CPU time of those that it has waited for, in whole ticks.
};
ProcessTimes ReadTimes(pid_t pid);
// CPU time of these processes, with that of the children they have waited for.
absl::Duration CpuTime(const std::vector<pid_t>& pids);

// Resident bytes, shared pages counted in full in each: cheap, an upper bound.
int64_t ResidentBytes(const std::vector<pid_t>& pids);

// Proportional set size: shared pages divided among those who share them; the resident
// size of a process that does not let itself be looked at. Walks page tables, so use it
// only when ResidentBytes says that it may matter. `shared_memory`: false leaves out the pages of
// files in memory, and of anonymous memory that is mapped shared.
int64_t ProportionalBytes(const std::vector<pid_t>& pids, bool shared_memory);

// What the kernel keeps to map their memory.
int64_t PageTableBytes(const std::vector<pid_t>& pids);

// Bytes of kernel memory that the sockets of `pid`'s network namespace may hold, at
// most: their number, times what one may buffer. No process's memory shows them, not
// even their descriptors do while they are in flight.
int64_t SocketBufferBytes(pid_t pid);

// The same where sessions have no network namespace: of the sockets that these processes
// have open.
int64_t SocketBufferBytesOf(const std::vector<pid_t>& pids);

// While it lives, this thread looks at /proc as the user `uid`, which a root without
// CAP_SYS_PTRACE has to: it may not look at others' memory maps and descriptors. 0: of
// no effect.
class BorrowedUser {
 public:
  explicit BorrowedUser(uint32_t uid);
  ~BorrowedUser();
  BorrowedUser(const BorrowedUser&) = delete;
  BorrowedUser& operator=(const BorrowedUser&) = delete;

 private:
  const bool borrowed_;
};

// Starts a new measurement of a process's peak resident memory. The kernel waits for the lock of
// the process's memory maps, which a guest can hold for seconds: see guest_looks.h.
void ResetPeakMemory(pid_t pid);
// Resident memory: the most since then, and now.
struct MemoryUse {
  int64_t peak_bytes = 0;
  int64_t bytes = 0;
};
// Nullopt if the process is gone.
absl::optional<MemoryUse> ReadMemoryUse(pid_t pid);

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_PROCESS_TREE_H_
