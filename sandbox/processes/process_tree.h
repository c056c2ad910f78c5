// Information from the host's /proc about a session's processes. All of them descend from its
// supervisor: orphans inside a pid namespace become its children.
#ifndef CARREL_SANDBOX_PROCESSES_PROCESS_TREE_H_
#define CARREL_SANDBOX_PROCESSES_PROCESS_TREE_H_

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace carrel {

// Returns `root` and its descendants: at most `limit` of them, found by reading at most `limit`
// threads, and at most that many of a thread's children. A process that ends meanwhile may be
// missing.
std::vector<pid_t> ListTree(pid_t root, size_t limit = 8192);

// Returns true if this process lacked descriptors or memory in one of these functions, on this
// thread, since the last call: then they have reported less than there is.
bool TookResourceError();

// Records, for TookResourceError, an error (errno) of another function that inspected a process.
void NoteResourceError(int error);

// Returns false if this thread has given up its memory, which it does first of all when it ends;
// true also if it has removed every mapping, since it keeps its descriptors.
// From then on the files of /proc/<thread>/ belong to root: its own user may not inspect it, though
// it is still listed as running while a large memory is freed.
bool HasMemory(pid_t thread);

// Returns a thread of the process that has memory. Its /proc/<thread>/ shows the memory and files
// of the process: that of the first thread shows nothing once that thread has ended (pthread_exit,
// the system call exit), though others live. Returns 0 if there is none: the process is ending.
pid_t ThreadWithMemory(pid_t pid);

// Returns false if the process is gone, or only waits to be reaped. It runs as long as any of its
// threads lives, even if the first one has ended.
bool IsRunning(pid_t pid);

// Returns the number of these processes that run.
int CountRunning(const std::vector<pid_t>& pids);

// Returns the process's real user id; nullopt if it is gone.
absl::optional<uint32_t> UserOf(pid_t pid);

// Returns the CPU time of a process, without its children's; zero if it is gone.
absl::Duration OwnCpuTime(pid_t pid);
// Times from a process's `stat` file.
struct ProcessTimes {
  uint64_t start = 0;          // The start time in the kernel's ticks; 0 if the process is gone.
  absl::Duration of_children;  // CPU time of reaped children, in whole ticks.
};
ProcessTimes ReadTimes(pid_t pid);
// Returns the CPU time of these processes and of the children that they have reaped.
absl::Duration CpuTime(const std::vector<pid_t>& pids);

// Returns the resident bytes; shared pages count in full in each process: cheap, an upper bound.
int64_t ResidentBytes(const std::vector<pid_t>& pids);

// Returns the proportional set size in bytes: shared pages are divided among the processes that
// share them. A process that cannot be inspected counts with its resident size. Walks page tables,
// so use it only when ResidentBytes shows that it may matter. `shared_memory`: false leaves out the
// pages of files in memory, and of anonymous memory that is mapped shared.
int64_t ProportionalBytes(const std::vector<pid_t>& pids, bool shared_memory);

// Returns the bytes that the kernel uses for these processes' page tables.
int64_t PageTableBytes(const std::vector<pid_t>& pids);

// Returns an upper bound, in bytes, of the kernel memory of the sockets in `pid`'s network
// namespace: their number, times the buffer limit of one. No process's memory shows it, and sockets
// in flight (SCM_RIGHTS) are not even among the descriptors.
int64_t SocketBufferBytes(pid_t pid);

// Returns the same where sessions have no network namespace, for the sockets that these processes
// have open.
int64_t SocketBufferBytesOf(const std::vector<pid_t>& pids);

// While an object of this class lives, its thread reads /proc as the user `uid`. A root without
// CAP_SYS_PTRACE needs that, since it may not read the memory maps and descriptors of others. Has
// no effect if `uid` is 0.
class ScopedFsUser {
 public:
  explicit ScopedFsUser(uint32_t uid);
  ~ScopedFsUser();
  ScopedFsUser(const ScopedFsUser&) = delete;
  ScopedFsUser& operator=(const ScopedFsUser&) = delete;

 private:
  const bool borrowed_;
};

// Starts a new measurement of a process's peak resident memory. The kernel waits for the lock of
// the process's memory maps, which a guest can hold for seconds: see sampling_threads.h.
void ResetPeakMemory(pid_t pid);
// Resident memory: the peak since the last reset, and the current value.
struct MemoryUse {
  int64_t peak_bytes = 0;
  int64_t bytes = 0;
};
// Returns nullopt if the process is gone.
absl::optional<MemoryUse> ReadMemoryUse(pid_t pid);

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_PROCESS_TREE_H_
