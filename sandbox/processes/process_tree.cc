#include "sandbox/processes/process_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {
namespace {

// The most bytes that a pid takes in "children".
constexpr size_t kBytesOfAPid = 8;

// See TookResourceError.
thread_local bool g_lacks = false;

// Returns the start of a file of /proc, some `most` bytes of it; empty if it is gone.
std::string ReadProc(pid_t pid, absl::string_view name, size_t most = 64 << 10) {
  UniqueFd fd(open(absl::StrCat("/proc/", pid, "/", name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) NoteResourceError(errno);
  std::string text;
  char buffer[4096];
  ssize_t n;
  while (fd.valid() && text.size() < most && (n = read(fd.get(), buffer, sizeof(buffer))) > 0)
    text.append(buffer, static_cast<size_t>(n));
  return text;
}

std::vector<pid_t> ListThreads(pid_t pid) {
  std::vector<pid_t> threads;
  DIR* directory = opendir(absl::StrCat("/proc/", pid, "/task").c_str());
  if (directory == nullptr) {
    NoteResourceError(errno);
    return threads;
  }
  while (dirent* entry = readdir(directory)) {
    pid_t thread;
    if (absl::SimpleAtoi(entry->d_name, &thread)) threads.push_back(thread);
  }
  closedir(directory);
  return threads;
}

// Returns the state of a process or thread from its `stat`; 0 if it is gone.
char StateOf(pid_t pid) {
  const std::string stat = ReadProc(pid, "stat");
  // The name may contain anything; the state follows the last ')'.
  const size_t end = stat.rfind(')');
  return end != std::string::npos && end + 2 < stat.size() ? stat[end + 2] : '\0';
}

bool Lives(char state) { return state != '\0' && state != 'Z' && state != 'X'; }

// Reads a file of /proc/<pid>/ about the process's memory, through another thread if the predicate
// finds that the first one's file shows nothing. The text is empty if the process is ending.
std::string ReadMemoryFile(pid_t pid, absl::string_view name, bool (*shows)(const std::string&)) {
  std::string text = ReadProc(pid, name);
  if (shows(text)) return text;
  const pid_t thread = ThreadWithMemory(pid);
  return thread == 0 ? text : ReadProc(thread, name);
}

int64_t ResidentPages(const std::string& statm) {
  long long resident = 0;
  return sscanf(statm.c_str(), "%*d %lld", &resident) == 1 ? resident : 0;
}

// The maximum that one socket may buffer: a guest cannot raise it (its setsockopt has no effect).
int64_t MaxSocketBuffer() {
  static const int64_t max_buffer = [] {
    int64_t bytes = 0;
    std::ifstream("/proc/sys/net/core/wmem_default") >> bytes;
    return bytes > 0 ? bytes : int64_t{1} << 18;
  }();
  return max_buffer;
}

// Returns the number after `key` in a text of "Key:   123 kB" lines, in bytes.
absl::optional<int64_t> KilobytesAfter(const std::string& text, absl::string_view key) {
  size_t at = text.find(absl::StrCat("\n", key));
  if (at == std::string::npos) return absl::nullopt;
  return strtoll(text.c_str() + at + 1 + key.size(), nullptr, 10) * 1024;
}

}  // namespace

std::vector<pid_t> ListTree(pid_t root, size_t limit) {
  std::vector<pid_t> pids = {root};
  size_t threads = 0;
  for (size_t i = 0; i < pids.size() && pids.size() < limit; ++i) {
    // A child is listed under the thread that forked it.
    for (pid_t thread : ListThreads(pids[i])) {
      if (++threads > limit) return pids;
      // The kernel walks its list of children only as far as the file is read.
      const std::string children =
          ReadProc(pids[i], absl::StrCat("task/", thread, "/children"), limit * kBytesOfAPid);
      for (absl::string_view word : absl::StrSplit(children, ' ', absl::SkipWhitespace())) {
        pid_t child;
        if (absl::SimpleAtoi(word, &child) && pids.size() < limit) pids.push_back(child);
      }
    }
  }
  return pids;
}

bool TookResourceError() { return std::exchange(g_lacks, false); }

void NoteResourceError(int error) {
  if (error == EMFILE || error == ENFILE || error == ENOMEM) g_lacks = true;
}

// The line is there, with 0 kB, even if every mapping was removed.
bool HasMemory(pid_t thread) {
  return KilobytesAfter(ReadProc(thread, "status"), "VmSize:").has_value();
}

pid_t ThreadWithMemory(pid_t pid) {
  if (HasMemory(pid)) return pid;
  for (pid_t thread : ListThreads(pid))
    if (HasMemory(thread)) return thread;
  return 0;
}

bool IsRunning(pid_t pid) {
  if (Lives(StateOf(pid))) return true;
  const std::vector<pid_t> threads = ListThreads(pid);
  return std::any_of(threads.begin(), threads.end(),
                     [](pid_t thread) { return Lives(StateOf(thread)); });
}

int CountRunning(const std::vector<pid_t>& pids) {
  return static_cast<int>(std::count_if(pids.begin(), pids.end(), IsRunning));
}

absl::optional<uint32_t> UserOf(pid_t pid) {
  std::string status = ReadProc(pid, "status");
  size_t at = status.find("\nUid:\t");
  unsigned uid = 0;
  if (at == std::string::npos || sscanf(status.c_str() + at, "\nUid:\t%u", &uid) != 1)
    return absl::nullopt;
  return uid;
}

absl::Duration OwnCpuTime(pid_t pid) {
  clockid_t clock;
  timespec own;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &own) != 0)
    return absl::ZeroDuration();
  return absl::DurationFromTimespec(own);
}

ProcessTimes ReadTimes(pid_t pid) {
  static const int64_t ticks_per_second = sysconf(_SC_CLK_TCK);
  const std::string stat = ReadProc(pid, "stat");
  // The name may contain anything; the fields start after the last ')'.
  const size_t end = stat.rfind(')');
  long long user = 0, system = 0;
  unsigned long long start = 0;
  if (end == std::string::npos ||
      sscanf(stat.c_str() + end + 1,
             " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %lld %lld %*d %*d %*d %*d %llu",
             &user, &system, &start) != 3)
    return {};
  return {start, absl::Seconds(1) * (user + system) / ticks_per_second};
}

absl::Duration CpuTime(const std::vector<pid_t>& pids) {
  absl::Duration total;
  for (pid_t pid : pids) total += OwnCpuTime(pid) + ReadTimes(pid).of_children;
  return total;
}

int64_t ResidentBytes(const std::vector<pid_t>& pids) {
  static const int64_t page = sysconf(_SC_PAGESIZE);
  int64_t bytes = 0;
  for (pid_t pid : pids) {
    const std::string statm = ReadMemoryFile(
        pid, "statm", [](const std::string& text) { return ResidentPages(text) > 0; });
    bytes += ResidentPages(statm) * page;
  }
  return bytes;
}

int64_t ProportionalBytes(const std::vector<pid_t>& pids, bool shared_memory) {
  int64_t bytes = 0;
  for (pid_t pid : pids) {
    const std::string rollup = ReadMemoryFile(pid, "smaps_rollup", [](const std::string& text) {
      return KilobytesAfter(text, "Pss:").value_or(0) > 0;
    });
    const absl::optional<int64_t> own = KilobytesAfter(rollup, "Pss:");
    bytes += own.has_value() ? *own : ResidentBytes({pid});
    if (!shared_memory) bytes -= KilobytesAfter(rollup, "Pss_Shmem:").value_or(0);
  }
  return bytes;
}

int64_t PageTableBytes(const std::vector<pid_t>& pids) {
  int64_t bytes = 0;
  for (pid_t pid : pids) {
    const std::string status = ReadMemoryFile(pid, "status", [](const std::string& text) {
      return KilobytesAfter(text, "VmPTE:").has_value();
    });
    bytes += KilobytesAfter(status, "VmPTE:").value_or(0);
  }
  return bytes;
}

int64_t SocketBufferBytes(pid_t pid) {
  std::string text = ReadProc(pid, "net/sockstat");
  long long count = 0;
  sscanf(text.c_str(), "sockets: used %lld", &count);
  return count * MaxSocketBuffer();
}

int64_t SocketBufferBytesOf(const std::vector<pid_t>& pids) {
  std::set<std::string> sockets;  // Forked processes share sockets.
  for (pid_t pid : pids) {
    const pid_t thread = ThreadWithMemory(pid);
    if (thread == 0) continue;
    DIR* directory = opendir(absl::StrCat("/proc/", thread, "/fd").c_str());
    if (directory == nullptr) {
      NoteResourceError(errno);
      continue;
    }
    while (dirent* entry = readdir(directory)) {
      char target[64];
      ssize_t n = readlinkat(dirfd(directory), entry->d_name, target, sizeof(target));
      absl::string_view name(target, n < 0 ? 0 : static_cast<size_t>(n));
      if (absl::StartsWith(name, "socket:")) sockets.emplace(name);
    }
    closedir(directory);
  }
  return static_cast<int64_t>(sockets.size()) * MaxSocketBuffer();
}

ScopedFsUser::ScopedFsUser(uint32_t uid) : borrowed_(uid != 0) {
  // Only this thread changes, and its group first: without its user it may not change the group.
  if (!borrowed_) return;
  syscall(SYS_setfsgid, uid);
  syscall(SYS_setfsuid, uid);
}

ScopedFsUser::~ScopedFsUser() {
  if (!borrowed_) return;
  syscall(SYS_setfsuid, geteuid());
  syscall(SYS_setfsgid, getegid());
}

void ResetPeakMemory(pid_t pid) {
  UniqueFd fd(open(absl::StrCat("/proc/", pid, "/clear_refs").c_str(), O_WRONLY | O_CLOEXEC));
  // The value 5 resets the peak (proc(5)). If that fails, the peak is that of the whole life.
  if (fd.valid()) (void)!write(fd.get(), "5", 1);
}

absl::optional<MemoryUse> ReadMemoryUse(pid_t pid) {
  const std::string status = ReadMemoryFile(pid, "status", [](const std::string& text) {
    return KilobytesAfter(text, "VmHWM:").has_value();
  });
  const absl::optional<int64_t> peak = KilobytesAfter(status, "VmHWM:");
  const absl::optional<int64_t> now = KilobytesAfter(status, "VmRSS:");
  if (!peak.has_value() || !now.has_value()) return absl::nullopt;
  return MemoryUse{*peak, *now};
}

}  // namespace carrel
