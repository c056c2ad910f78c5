#include "sandbox/child/confine/session_view.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/child/zygote/cpu_folders.h"

namespace carrel::child {
namespace {

// The period of a CPU quota in microseconds; the kernel's default.
constexpr int kCpuPeriod = 100'000;
constexpr size_t kMaxFileBytes = 4096;

__attribute__((format(printf, 2, 3))) bool WriteFile(const char* path, const char* format, ...) {
  char text[kMaxFileBytes];
  va_list values;
  va_start(values, format);
  const int size = vsnprintf(text, sizeof(text), format, values);
  va_end(values);
  if (size < 0 || size >= static_cast<int>(sizeof(text))) {
    errno = E2BIG;
    return false;
  }
  const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
  if (fd < 0) return false;
  const bool ok = write(fd, text, static_cast<size_t>(size)) == size;
  close(fd);
  return ok;
}

// Writes a set of CPUs in the kernel's format: "0-2,5".
bool WriteCpuList(const char* path, const cpu_set_t& cpus) {
  char list[kMaxFileBytes / 2];
  size_t size = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE && size < sizeof(list); ++cpu) {
    if (!CPU_ISSET(cpu, &cpus)) continue;
    const int first = cpu;
    while (cpu + 1 < CPU_SETSIZE && CPU_ISSET(cpu + 1, &cpus)) ++cpu;
    const char* comma = size == 0 ? "" : ",";
    const int added =
        first == cpu ? snprintf(list + size, sizeof(list) - size, "%s%d", comma, cpu)
                     : snprintf(list + size, sizeof(list) - size, "%s%d-%d", comma, first, cpu);
    size += static_cast<size_t>(added);
  }
  return size < sizeof(list) && WriteFile(path, "%s\n", list);
}

bool MakeCpuList(const cpu_set_t& cpus) {
  if (mkdir("/run/session/view/cpu", 0755) != 0 ||
      !WriteCpuList("/run/session/view/cpu/online", cpus) ||
      symlink("online", "/run/session/view/cpu/possible") != 0 ||
      symlink("online", "/run/session/view/cpu/present") != 0)
    return false;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &cpus)) continue;
    char folder[64], link[64];
    snprintf(folder, sizeof(folder), "%s/cpu%d", kCpuFoldersPath, cpu);
    snprintf(link, sizeof(link), "/run/session/view/cpu/cpu%d", cpu);
    if (symlink(folder, link) != 0) return false;
  }
  return true;
}

bool WriteMeminfo(int64_t bytes) {
  const int64_t total = bytes / 1024;
  return WriteFile(kSessionMeminfo,
                   "MemTotal:       %8" PRId64
                   " kB\n"
                   "MemFree:        %8" PRId64
                   " kB\n"
                   "MemAvailable:   %8" PRId64
                   " kB\n"
                   "Buffers:               0 kB\n"
                   "Cached:                0 kB\n"
                   "SwapCached:            0 kB\n"
                   "Active:                0 kB\n"
                   "Inactive:              0 kB\n"
                   "SwapTotal:             0 kB\n"
                   "SwapFree:              0 kB\n"
                   "Shmem:                 0 kB\n"
                   "Slab:                  0 kB\n"
                   "SReclaimable:          0 kB\n"
                   "HugePages_Total:       0\n"
                   "HugePages_Free:        0\n"
                   "Hugepagesize:       2048 kB\n",
                   total, total, total);
}

}  // namespace

bool MakeSessionView(const SessionPlan& plan) {
  return mkdir(kSessionViewPath, 0755) == 0 && WriteMeminfo(plan.limits.memory_bytes) &&
         WriteFile("/run/session/view/memory.max", "%" PRId64 "\n", plan.limits.memory_bytes) &&
         WriteFile("/run/session/view/pids.max", "%d\n", plan.limits.process_count) &&
         WriteFile("/run/session/view/cpu.max", "%d %d\n", CPU_COUNT(&plan.cpus) * kCpuPeriod,
                   kCpuPeriod) &&
         MakeCpuList(plan.cpus);
}

}  // namespace carrel::child
