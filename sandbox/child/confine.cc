#include "sandbox/child/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "sandbox/child/image_root.h"
#include "sandbox/child/landlock.h"
#include "sandbox/child/layers.h"
#include "sandbox/child/mounts.h"
#include "sandbox/child/raw.h"
#include "sandbox/child/supervisor.h"
#include "sandbox/child/syscall_policy.h"

namespace carrel::child {
namespace {

// Leaves 0 = /dev/null, 1, 2 = pipes, 3 = frames, 4 = supervisor socket.
bool ArrangeDescriptors(const SessionPlan& plan) {
  int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  // Above every target, so that no dup2 overwrites one that is still needed.
  constexpr int kAbove = 64;
  int sources[] = {null_fd, plan.stdout_fd, plan.stderr_fd, plan.frame_fd, plan.supervisor_fd};
  for (int& fd : sources)
    if ((fd = fcntl(fd, F_DUPFD_CLOEXEC, kAbove)) < 0) return false;
  for (int target = 0; target < 5; ++target) {
    int flags = target >= kFrameFd ? O_CLOEXEC : 0;
    if (dup3(sources[target], target, flags) != target) return false;
  }
  return syscall(SYS_close_range, 5U, ~0U, 0U) == 0;
}

// The kernel's OOM killer takes guests before anything of the host.
bool OfferToOomKiller() {
  int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  bool ok = fd >= 0 && write(fd, "1000", 4) == 4;
  if (fd >= 0) close(fd);
  return ok;
}

bool EnterNamespaces() {
  int flags = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  if (IsApplied(Layer::kNetworkNamespace)) flags |= CLONE_NEWNET;
  return unshare(flags) == 0 && sethostname("carrel", 6) == 0 && setdomainname("", 0) == 0;
}

// Bytes of private writable memory that the fork starts with: the kernel counts
// them against RLIMIT_DATA, but they are the image's, shared with the zygote.
int64_t InheritedData() {
  FILE* file = fopen("/proc/self/statm", "re");
  long long pages = -1;
  bool ok = file != nullptr && fscanf(file, "%*s %*s %*s %*s %*s %lld", &pages) == 1;
  if (file != nullptr) fclose(file);
  return ok ? pages * sysconf(_SC_PAGESIZE) : -1;
}

bool LimitResources(const SessionPlan& plan) {
  if (!IsApplied(Layer::kRlimits)) return true;
  int64_t inherited = InheritedData();
  if (inherited < 0) return false;
  const struct {
    __rlimit_resource resource;
    int64_t value;
  } limits[] = {
      // Not 0: that would still feed a core_pattern that is a pipe (core(5)).
      {RLIMIT_CORE, 1},
      {RLIMIT_DATA, inherited + plan.memory_bytes},
      {RLIMIT_FSIZE, plan.file_bytes},
      {RLIMIT_MEMLOCK, 64 << 10},
      {RLIMIT_MSGQUEUE, 0},
      {RLIMIT_NICE, 0},
      {RLIMIT_NOFILE, plan.open_file_count},
      {RLIMIT_NPROC, plan.process_count},
      {RLIMIT_RTPRIO, 0},
      {RLIMIT_SIGPENDING, 1024},
      {RLIMIT_STACK, 8 << 20},
  };
  for (const auto& limit : limits) {
    rlimit current;
    if (getrlimit(limit.resource, &current) != 0) return false;
    rlim_t value = std::min<rlim_t>(static_cast<rlim_t>(limit.value), current.rlim_max);
    rlimit wanted{value, value};
    if (setrlimit(limit.resource, &wanted) != 0) return false;
  }
  return true;
}

const char* AllowPaths(Landlock* landlock) {
  using Access = Landlock::Access;
  const struct {
    const char* path;
    Access access;
  } rules[] = {
      {"/usr", Access::kReadRun},
      {kEnvironmentPath, Access::kReadRun},
      {"/etc", Access::kRead},
      {"/proc", Access::kRead},
      {"/dev/null", Access::kDevice},
      {"/dev/zero", Access::kDevice},
      {"/dev/full", Access::kDevice},
      {"/dev/random", Access::kReadFile},
      {"/dev/urandom", Access::kReadFile},
      {"/run/session/passwd", Access::kReadFile},
      {"/run/session/group", Access::kReadFile},
      // Models look around (`ls /`); what there is to see are the image's own names.
      {"/", Access::kList},
      {kWorkspacePath, Access::kReadWrite},
      {"/tmp", Access::kReadWrite},
      {"/dev/shm", Access::kReadWrite},
  };
  for (const auto& rule : rules)
    if (!landlock->Allow(rule.path, rule.access)) return rule.path;
  return nullptr;
}

bool SetCapabilities(uint64_t mask) {
  if (!IsApplied(Layer::kCapabilities)) return true;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  uint32_t low = static_cast<uint32_t>(mask), high = static_cast<uint32_t>(mask >> 32);
  __user_cap_data_struct data[2] = {{low, low, 0}, {high, high, 0}};
  return syscall(SYS_capset, &header, data) == 0;
}

// Empties the bounding and ambient sets and locks root's magic away, so that no
// exec ever gains a capability.
bool DropCapabilitiesForever() {
  if (!IsApplied(Layer::kCapabilities)) return true;
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability)
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return false;
  return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECUREBITS, SECURE_ALL_BITS | SECURE_ALL_LOCKS, 0, 0, 0) == 0;
}

bool DropToUser(uint32_t uid) {
  if (uid == 0) return false;
  if (setgroups(0, nullptr) != 0 || setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0)
    return false;
  // A change of user made /proc/self root's own; the guest may look at itself.
  return SetCapabilities(0) && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

bool SetNoNewPrivs() {
  return !IsApplied(Layer::kNoNewPrivs) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

// The handlers that Python installed in the zygote stay; the zygote's own go.
bool DefaultSignals() {
  if (signal(SIGCHLD, SIG_DFL) == SIG_ERR) return false;
  sigset_t none;
  sigemptyset(&none);
  return sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
}

// What a session's first process may keep: to signal its child, which has
// another uid. The pid namespace bounds whom that reaches.
void BecomeSupervisor(const SessionPlan& plan, pid_t interpreter, const Failer& failer) {
  close(0), close(1), close(2), close(kFrameFd);
  failer.Check(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "supervisor: dumpable");
  failer.Check(DropCapabilitiesForever(), "supervisor: bounding set");
  failer.Check(SetCapabilities(1ULL << CAP_KILL), "supervisor: capabilities");
  failer.Check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "supervisor: no_new_privs");
  failer.Check(ApplySyscallPolicy(*plan.supervisor_syscalls), "supervisor: seccomp");
  Supervise(kSupervisorFd, interpreter);
}

void ConfineInterpreter(const SessionPlan& plan, const Failer& failer) {
  failer.Check(setsid() >= 0, "setsid");
  failer.Check(DefaultSignals(), "signals");
  failer.Check(LimitResources(plan), "rlimits");
  Landlock landlock;
  failer.Check(landlock.Create(), "landlock ruleset");
  if (const char* path = AllowPaths(&landlock)) failer.Fail(path);
  failer.Check(DropCapabilitiesForever(), "bounding set");
  failer.Check(DropToUser(plan.uid), "user and capabilities");
  failer.Check(chdir(kWorkspacePath) == 0, "enter /mnt/data");
  failer.Check(SetNoNewPrivs(), "no_new_privs");
  failer.Check(!IsApplied(Layer::kLandlock) || landlock.Enforce(), "landlock");
  failer.Check(!IsApplied(Layer::kSeccomp) || ApplySyscallPolicy(*plan.interpreter_syscalls),
               "seccomp");
  // Nothing below may need the host: this was the last word to it.
  close(kSupervisorFd);
}

}  // namespace

void EnterSession(const SessionPlan& plan) {
  // Until the descriptors are in place, failures go to where it is now.
  Failer(plan.supervisor_fd).Check(ArrangeDescriptors(plan), "descriptors");
  Failer failer(kSupervisorFd);
  failer.Check(setsid() >= 0, "supervisor: setsid");
  failer.Check(OfferToOomKiller(), "oom_score_adj");
  failer.Check(EnterNamespaces(), "namespaces");
  const char* step = MountSession(plan);
  failer.Check(step == nullptr, step);
  pid_t interpreter = fork();
  failer.Check(interpreter >= 0, "fork");
  if (interpreter > 0) BecomeSupervisor(plan, interpreter, failer);
  ConfineInterpreter(plan, failer);
}

}  // namespace carrel::child
