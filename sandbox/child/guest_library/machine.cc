// Answers the questions of libraries about the machine: memory, CPUs, its name. The container's
// answers are not the session's.
#include "sandbox/child/guest_library/machine.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "sandbox/child/guest_library/descriptors.h"

namespace carrel::guest {
namespace {

constexpr char kHostName[] = "carrel";
constexpr char kLoopback[] = "127.0.0.1";
constexpr size_t kMaxFileBytes = 4096;

template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

int WriteMeminfo(char* text) {
  const long long total = SessionMemory() / 1024;
  return snprintf(text, kMaxFileBytes,
                  "MemTotal:       %8lld kB\nMemFree:        %8lld kB\nMemAvailable:   %8lld kB\n"
                  "Buffers:               0 kB\nCached:                0 kB\n"
                  "SwapCached:            0 kB\nActive:                0 kB\n"
                  "Inactive:              0 kB\nSwapTotal:             0 kB\n"
                  "SwapFree:              0 kB\nShmem:                 0 kB\n"
                  "Slab:                  0 kB\nSReclaimable:          0 kB\n"
                  "HugePages_Total:       0\nHugePages_Free:        0\n"
                  "Hugepagesize:       2048 kB\n",
                  total, total, total);
}

int WriteMemory(char* text) {
  return snprintf(text, kMaxFileBytes, "%lld\n", static_cast<long long>(SessionMemory()));
}

// Writes a quota per 100 ms; see session_view.cc.
int WriteQuota(char* text) {
  return snprintf(text, kMaxFileBytes, "%d 100000\n", SessionCpus() * 100'000);
}

int WriteOldQuota(char* text) {
  return snprintf(text, kMaxFileBytes, "%d\n", SessionCpus() * 100'000);
}

int WriteOldPeriod(char* text) { return snprintf(text, kMaxFileBytes, "100000\n"); }

int WriteNoSwap(char* text) { return snprintf(text, kMaxFileBytes, "0\n"); }

// Writes the CPUs one by one: that is a valid list, too.
int WriteCpus(char* text) {
  cpu_set_t mine;
  if (sched_getaffinity(0, sizeof(mine), &mine) != 0) return -1;
  size_t size = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE && size + 8 < kMaxFileBytes; ++cpu)
    if (CPU_ISSET(cpu, &mine))
      size += static_cast<size_t>(sprintf(text + size, size == 0 ? "%d" : ",%d", cpu));
  return static_cast<int>(size + static_cast<size_t>(sprintf(text + size, "\n")));
}

struct MachineFile {
  const char* folder;  // The directory of the file; cgroup files may also be further below.
  const char* name;
  int (*write)(char* text);
};

constexpr MachineFile kFiles[] = {
    {"/proc/", "meminfo", &WriteMeminfo},
    {"/sys/fs/cgroup/", "memory.max", &WriteMemory},
    {"/sys/fs/cgroup/", "memory.swap.max", &WriteNoSwap},
    {"/sys/fs/cgroup/", "cpu.max", &WriteQuota},
    {"/sys/fs/cgroup/", "cpuset.cpus.effective", &WriteCpus},
    {"/sys/fs/cgroup/", "memory.limit_in_bytes", &WriteMemory},
    {"/sys/fs/cgroup/", "cpu.cfs_quota_us", &WriteOldQuota},
    {"/sys/fs/cgroup/", "cpu.cfs_period_us", &WriteOldPeriod},
    {"/sys/devices/system/cpu/", "online", &WriteCpus},
    {"/sys/devices/system/cpu/", "possible", &WriteCpus},
    {"/sys/devices/system/cpu/", "present", &WriteCpus},
};

const MachineFile* FindFile(const char* path) {
  const char* slash = strrchr(path, '/');
  for (const MachineFile& file : kFiles) {
    const size_t length = strlen(file.folder);
    if (strncmp(path, file.folder, length) != 0 || strcmp(slash + 1, file.name) != 0) continue;
    // Only cgroups are nested.
    if (slash + 1 == path + length || strcmp(file.folder, "/sys/fs/cgroup/") == 0) return &file;
  }
  return nullptr;
}

bool IsOwnName(const char* name) {
  return name != nullptr && (strcmp(name, kHostName) == 0 || strcmp(name, "localhost") == 0);
}

}  // namespace

int64_t SessionMemory() {
  // Only a session's processes have this limit: see LimitResources.
  rlimit limit;
  if (getrlimit(RLIMIT_RSS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
  return static_cast<int64_t>(limit.rlim_cur);
}

int SessionCpus() {
  cpu_set_t mine;
  return sched_getaffinity(0, sizeof(mine), &mine) == 0 ? CPU_COUNT(&mine) : 0;
}

int OpenMachineFile(const char* path) {
  if (path == nullptr || path[0] != '/') return -1;
  const MachineFile* file = FindFile(path);
  if (file == nullptr || SessionMemory() == 0 || !HasFolders()) return -1;
  const int error = errno;
  char text[kMaxFileBytes], folder[32];
  const int size = file->write(text);
  snprintf(folder, sizeof(folder), "/proc/self/fd/%d", child::kSharedMemoryFd);
  int fd = -1;
  if (size > 0)
    fd = static_cast<int>(
        syscall(SYS_openat, AT_FDCWD, folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0400));
  if (fd >= 0 && pwrite(fd, text, static_cast<size_t>(size), 0) != size) {
    close(fd);
    fd = -1;
  }
  errno = error;
  return fd;
}

}  // namespace carrel::guest

using namespace carrel::guest;  // NOLINT: the functions below are libc's names

extern "C" {

long sysconf(int name) {
  const bool memory = name == _SC_PHYS_PAGES || name == _SC_AVPHYS_PAGES;
  const bool cpus = name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF;
  if (memory && SessionMemory() > 0) return SessionMemory() / getpagesize();
  if (cpus && SessionMemory() > 0 && SessionCpus() > 0) return SessionCpus();
  return Next<decltype(sysconf)>("sysconf")(name);
}

long get_phys_pages() noexcept { return sysconf(_SC_PHYS_PAGES); }
long get_avphys_pages() noexcept { return sysconf(_SC_AVPHYS_PAGES); }
int get_nprocs() noexcept { return static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)); }
int get_nprocs_conf() noexcept { return static_cast<int>(sysconf(_SC_NPROCESSORS_CONF)); }

int sysinfo(struct sysinfo* machine) noexcept {
  const int result = static_cast<int>(syscall(SYS_sysinfo, machine));
  const int64_t memory = SessionMemory();
  if (result != 0 || memory == 0) return result;
  machine->mem_unit = 1;
  machine->totalram = machine->freeram = static_cast<unsigned long>(memory);
  machine->sharedram = machine->bufferram = machine->totalswap = machine->freeswap = 0;
  machine->totalhigh = machine->freehigh = 0;
  return 0;
}

int uname(utsname* names) noexcept {
  const int result = static_cast<int>(syscall(SYS_uname, names));
  if (result != 0) return result;
  memset(names->nodename, 0, sizeof(names->nodename));
  memcpy(names->nodename, kHostName, sizeof(kHostName));
  return 0;
}

int gethostname(char* name, size_t size) noexcept {
  snprintf(name, size, "%s", kHostName);
  if (size >= sizeof(kHostName)) return 0;
  errno = ENAMETOOLONG;
  return -1;
}

// Resolves the session's names itself, because the session may not read the container's /etc/hosts.
int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
  return Next<decltype(getaddrinfo)>("getaddrinfo")(IsOwnName(name) ? kLoopback : name, service,
                                                    hints, found);
}

hostent* gethostbyname(const char* name) {
  return Next<decltype(gethostbyname)>("gethostbyname")(IsOwnName(name) ? kLoopback : name);
}

}  // extern "C"
