#include "sandbox/child/zygote/cpu_folders.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/posix/unique_fd.h"

namespace carrel::child {
namespace {

// The files by which lscpu, hwloc, psutil and cpuinfo count cores.
constexpr const char* kTopology[] = {"core_cpus",
                                     "core_cpus_list",
                                     "core_id",
                                     "core_siblings",
                                     "die_id",
                                     "core_siblings_list",
                                     "package_cpus",
                                     "thread_siblings",
                                     "package_cpus_list",
                                     "physical_package_id",
                                     "thread_siblings_list"};

// Enough for a set of all CPUs that the kernel can have, as hexadecimal digits.
constexpr size_t kMaxFileBytes = 4096;

bool CopyFile(const char* from, const char* to) {
  char text[kMaxFileBytes];
  UniqueFd source(open(from, O_RDONLY | O_CLOEXEC));
  const ssize_t size = source.valid() ? read(source.get(), text, sizeof(text)) : 0;
  if (size <= 0) return true;
  UniqueFd target(open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
  return target.valid() && write(target.get(), text, static_cast<size_t>(size)) == size;
}

bool MakeCpuFolder(int cpu) {
  char from[96], to[96];
  snprintf(to, sizeof(to), "%s/cpu%d", kCpuFoldersPath + 1, cpu);
  if (mkdir(to, 0755) != 0) return false;
  snprintf(to, sizeof(to), "%s/cpu%d/topology", kCpuFoldersPath + 1, cpu);
  if (mkdir(to, 0755) != 0) return false;
  for (const char* name : kTopology) {
    snprintf(from, sizeof(from), "/sys/devices/system/cpu/cpu%d/topology/%s", cpu, name);
    snprintf(to, sizeof(to), "%s/cpu%d/topology/%s", kCpuFoldersPath + 1, cpu, name);
    if (!CopyFile(from, to)) return false;
  }
  return true;
}

}  // namespace

bool MakeCpuFolders() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return false;
  if (mkdir(kCpuFoldersPath + 1, 0755) != 0) return false;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed) && !MakeCpuFolder(cpu)) return false;
  return true;
}

}  // namespace carrel::child
