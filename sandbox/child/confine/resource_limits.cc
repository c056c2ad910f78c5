#include "sandbox/child/confine/resource_limits.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "sandbox/layers.h"

namespace carrel::child {
namespace {

// Returns the bytes of private writable memory that the fork starts with: the kernel counts them
// against RLIMIT_DATA, but they are the image's, shared with the zygote.
int64_t InheritedData() {
  const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  char text[256];
  const ssize_t size = read(fd, text, sizeof(text) - 1);
  close(fd);
  if (size <= 0) return -1;
  text[size] = '\0';
  long long pages = -1;
  bool ok = sscanf(text, "%*s %*s %*s %*s %*s %lld", &pages) == 1;
  return ok ? pages * sysconf(_SC_PAGESIZE) : -1;
}

// Sets both limits to `value`, or to the hard limit if that is less.
bool Limit(__rlimit_resource resource, int64_t value) {
  rlimit limit;
  if (getrlimit(resource, &limit) != 0) return false;
  limit.rlim_max = std::min(static_cast<rlim_t>(value), limit.rlim_max);
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(resource, &limit) == 0;
}

}  // namespace

bool LimitResources(const SessionPlan& plan) {
  int64_t inherited = InheritedData();
  if (inherited < 0) return false;
  // The limit of a shared user would count the processes of every session; see task_budget.h.
  const int64_t processes = plan.traits.own_user ? plan.limits.process_count : int64_t{1} << 20;
  const struct {
    __rlimit_resource resource;
    Layer layer;
    int64_t value;
  } limits[] = {
      // The value 0 would still feed a core_pattern that is a pipe (core(5)).
      {RLIMIT_CORE, Layer::kRlimitCore, 1},
      {RLIMIT_DATA, Layer::kRlimitData, inherited + plan.limits.memory_bytes},
      {RLIMIT_FSIZE, Layer::kRlimitFileSize, plan.limits.workspace_bytes},
      {RLIMIT_MEMLOCK, Layer::kRlimitMemlock, 64 << 10},
      {RLIMIT_MSGQUEUE, Layer::kRlimitMessageQueue, 0},
      {RLIMIT_NICE, Layer::kRlimitNice, 0},
      {RLIMIT_NOFILE, Layer::kRlimitOpenFiles, plan.limits.open_file_count},
      {RLIMIT_NPROC, Layer::kRlimitProcesses, processes},
      {RLIMIT_RTPRIO, Layer::kRlimitRealtime, 0},
      {RLIMIT_SIGPENDING, Layer::kRlimitSignals, 1024},
      {RLIMIT_STACK, Layer::kRlimitStack, 8 << 20},
  };
  for (const auto& limit : limits)
    if (IsApplied(limit.layer) && !Limit(limit.resource, limit.value)) return false;
  // Linux does not enforce this limit. All processes of the session inherit it, and the guest
  // library reads it in order to report the session's memory in place of the machine's.
  return Limit(RLIMIT_RSS, plan.limits.memory_bytes);
}

bool OfferToOomKiller() {
  if (!IsApplied(Layer::kOomScore)) return true;
  int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  bool ok = fd >= 0 && write(fd, "1000", 4) == 4;
  if (fd >= 0) close(fd);
  return ok;
}

bool ChooseCpus(SessionPlan* plan) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return false;
  const int count = CPU_COUNT(&allowed);
  // The choice is random: sessions spread, and none can choose its neighbours.
  unsigned start = 0;
  if (count > plan->limits.cpu_count && getrandom(&start, sizeof(start), 0) != sizeof(start))
    return false;
  CPU_ZERO(&plan->cpus);
  // The allowed CPUs form a ring; the session gets consecutive ones from the start on.
  int place = count - static_cast<int>(start % static_cast<unsigned>(count));
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed) && place++ % count < plan->limits.cpu_count)
      CPU_SET(cpu, &plan->cpus);
  return true;
}

bool LimitCpus(const SessionPlan& plan) {
  return !IsApplied(Layer::kCpus) || sched_setaffinity(0, sizeof(plan.cpus), &plan.cpus) == 0;
}

}  // namespace carrel::child
