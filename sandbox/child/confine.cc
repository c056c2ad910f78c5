#include "sandbox/child/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/child/cgroup_entry.h"
#include "sandbox/child/host_name.h"
#include "sandbox/child/image_root.h"
#include "sandbox/child/landlock.h"
#include "sandbox/child/mounts.h"
#include "sandbox/child/priority.h"
#include "sandbox/child/privileges.h"
#include "sandbox/child/raw.h"
#include "sandbox/child/resource_limits.h"
#include "sandbox/child/session_folders.h"
#include "sandbox/child/session_view.h"
#include "sandbox/child/supervisor_orders.h"
#include "sandbox/child/syscall_filter.h"
#include "sandbox/layers.h"

namespace carrel::child {
namespace {

// Until the session's folders are open.
constexpr int kSessionsFd = kPipeWatchFd + 1;
// Above every fixed number, so that no dup2 overwrites one that is still needed.
constexpr int kAboveFixed = 128;

// Leaves 0 = /dev/null, 1, 2 = pipes, and what session_plan.h names at its numbers; all
// but these three are close-on-exec.
bool ArrangeDescriptors(const SessionPlan& plan) {
  int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  int sources[] = {null_fd,
                   plan.stdout_fd,
                   plan.stderr_fd,
                   plan.frame_fd,
                   plan.supervisor_fd,
                   plan.output_ring_fd,
                   plan.supervisor_program_fd,
                   plan.order_book_fd,
                   plan.pipe_watch_fd,
                   plan.sessions_fd};
  const int count = plan.sessions_fd >= 0 ? kSessionsFd + 1 : kSessionsFd;
  for (int target = 0; target < count; ++target)
    if ((sources[target] = fcntl(sources[target], F_DUPFD_CLOEXEC, kAboveFixed)) < 0) return false;
  for (int target = 0; target < count; ++target)
    if (dup3(sources[target], target, target >= kFrameFd ? O_CLOEXEC : 0) != target) return false;
  return !IsApplied(Layer::kClosedDescriptors) ||
         syscall(SYS_close_range, static_cast<unsigned>(count), ~0U, 0U) == 0;
}

bool EnterNamespaces() {
  static constexpr struct {
    Layer layer;
    int flag;
  } kinds[] = {{Layer::kMountNamespace, CLONE_NEWNS},
               {Layer::kIpcNamespace, CLONE_NEWIPC},
               {Layer::kUtsNamespace, CLONE_NEWUTS},
               {Layer::kCgroupNamespace, CLONE_NEWCGROUP},
               {Layer::kNetworkNamespace, CLONE_NEWNET}};
  int flags = 0;
  for (const auto& kind : kinds)
    if (IsApplied(kind.layer)) flags |= kind.flag;
  if (unshare(flags) != 0) return false;
  return !IsApplied(Layer::kUtsNamespace) || SetSessionHostName();
}

// Without a pid namespace: what the session's processes leave behind comes to this
// one, and no signal of its domain, were it to all processes, goes beyond it.
bool GatherProcesses(const SessionPlan& plan) {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return false;
  if (!IsApplied(Layer::kSupervisorScopes)) return true;
  // Then the user id is what holds, and must be the session's own.
  if (LandlockAbi() < kScopesAbi) return plan.ground.own_user;
  Landlock scopes;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && scopes.CreateScopes() && scopes.Enforce();
}

struct PathRule {
  const char* path;
  Landlock::Access access;
};

const char* AllowAll(Landlock* landlock, const PathRule* begin, const PathRule* end) {
  for (const PathRule* rule = begin; rule != end; ++rule)
    if (!landlock->Allow(rule->path, rule->access)) return rule->path;
  return nullptr;
}

constexpr Landlock::Access kReadRun = Landlock::Access::kReadRun;
constexpr Landlock::Access kRead = Landlock::Access::kRead;
constexpr Landlock::Access kReadFile = Landlock::Access::kReadFile;
constexpr Landlock::Access kReadWrite = Landlock::Access::kReadWrite;
constexpr Landlock::Access kDevice = Landlock::Access::kDevice;

// In a root of its own, where all that is mounted is the image's or the session's.
const char* AllowMountedPaths(Landlock* landlock) {
  static const PathRule rules[] = {
      {"/usr", kReadRun},
      {kEnvironmentPath, kReadRun},
      {"/etc", kRead},
      {"/proc", kRead},
      {"/dev/null", kDevice},
      {"/dev/zero", kDevice},
      {"/dev/full", kDevice},
      {"/dev/random", kReadFile},
      {"/dev/urandom", kReadFile},
      {"/sys", kRead},
      {"/run/session/passwd", kReadFile},
      {"/run/session/group", kReadFile},
      {kSessionViewPath, kRead},
      // Models look around (`ls /`); what there is to see are the image's own names.
      {"/", Landlock::Access::kList},
      {kWorkspacePath, kReadWrite},
      {"/tmp", kReadWrite},
      {"/dev/shm", kReadWrite},
  };
  return AllowAll(landlock, std::begin(rules), std::end(rules));
}

// In a container's own root. Of /etc and /proc only what is nobody's secret: all of
// /proc would be other processes too.
const char* AllowContainerPaths(const SessionPlan& plan, Landlock* landlock) {
  char own_process[32];
  snprintf(own_process, sizeof(own_process), "/proc/%d", getpid());
  const PathRule required[] = {
      {"/usr", kReadRun},
      {plan.environment_path.c_str(), kReadRun},
      // A process that may write to /dev/zero can map it shared, which gives it the memory that the
      // rows of mmap in syscall_policy_table.cc refuse.
      {"/dev/null", kDevice},
      {"/dev/zero", kReadFile},
      {"/dev/full", kDevice},
      {"/dev/random", kReadFile},
      {"/dev/urandom", kReadFile},
      {own_process, kRead},
  };
  if (const char* path = AllowAll(landlock, std::begin(required), std::end(required))) return path;
  // Of the environment that the zygote gave itself: for programs that the guest runs.
  const char* guest_library = getenv("LD_PRELOAD");
  if (guest_library != nullptr && !landlock->Allow(guest_library, Landlock::Access::kLoadFile))
    return "landlock: guest library";
  for (const PublicSetting& setting : *plan.public_settings)
    if (!landlock->Allow(setting.path.c_str(), setting.is_directory ? kRead : kReadFile))
      return setting.path.c_str();
  const PathRule optional[] = {
      {"/etc/passwd", kReadFile},
      {"/etc/group", kReadFile},
      {"/etc/nsswitch.conf", kReadFile},
      {"/etc/timezone", kReadFile},
      {"/proc/cpuinfo", kReadFile},
      {"/proc/meminfo", kReadFile},
      {"/proc/stat", kReadFile},
      {"/proc/loadavg", kReadFile},
      {"/proc/uptime", kReadFile},
      {"/proc/vmstat", kReadFile},
      {"/proc/version", kReadFile},
      {"/proc/filesystems", kReadFile},
      {"/proc/sys/kernel/osrelease", kReadFile},
      {"/proc/sys/kernel/ostype", kReadFile},
      {"/proc/sys/kernel/version", kReadFile},
      {"/proc/sys/kernel/pid_max", kReadFile},
      {"/proc/sys/vm/overcommit_memory", kReadFile},
      // The topology; what else is there says no more than /proc/cpuinfo and /proc/stat.
      {"/sys/devices/system/cpu", kRead},
      // Of the container as a whole, for programs that the guest library is not in.
      {"/sys/fs/cgroup/cpu.max", kReadFile},
      {"/sys/fs/cgroup/memory.max", kReadFile},
      {"/sys/fs/cgroup/memory.high", kReadFile},
      {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", kReadFile},
      {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", kReadFile},
      {"/sys/fs/cgroup/memory/memory.limit_in_bytes", kReadFile},
  };
  for (const PathRule& rule : optional)
    if (access(rule.path, F_OK) == 0 && !landlock->Allow(rule.path, rule.access)) return rule.path;
  for (int fd : {kWorkspaceFd, kTemporaryFd, kSharedMemoryFd})
    if (!landlock->AllowDescriptor(fd, kReadWrite)) return "landlock: session folders";
  return nullptr;
}

// The handlers that Python installed in the zygote stay; the zygote's own go.
bool DefaultSignals() {
  if (signal(SIGCHLD, SIG_DFL) == SIG_ERR) return false;
  sigset_t none;
  sigemptyset(&none);
  return sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
}

// Executes the supervisor's program in this process, which still shares the zygote's memory:
// nothing here may allocate.
[[noreturn]] void BecomeSupervisor(const SessionPlan& plan, pid_t interpreter, int listener_socket,
                                   const Failer& failer) {
  for (int fd : {0, 1, 2, kFrameFd}) close(fd);
  if (!plan.ground.own_namespaces) CloseSessionFolders();
  failer.Check(dup3(listener_socket, kListenerSocketFd, 0) >= 0, "supervisor: descriptors");
  for (int fd : {kSupervisorFd, kOrderBookFd})
    failer.Check(fcntl(fd, F_SETFD, 0) == 0, "supervisor: descriptors");
  failer.Check(LimitCpus(plan), "supervisor: cpus");
  OrderArguments arguments(interpreter, plan.process_count, plan.uid, plan.supervisor_uid);
  char* const environment[] = {nullptr};
  syscall(SYS_execveat, kSupervisorProgramFd, "", arguments.argv(), environment, AT_EMPTY_PATH);
  failer.Fail("supervisor: exec");
}

// From here on the filter's questions go to the supervisor.
bool FilterSystemCalls(const SessionPlan& plan, int listener_socket) {
  if (!IsApplied(Layer::kSeccomp)) return true;
  int listener = ApplyNotifyingSyscallFilter(*plan.interpreter_syscalls);
  if (listener < 0) return false;
  bool sent = SendWithDescriptor(listener_socket, "", 1, listener);
  // Whoever holds it decides what is refused: never the guest.
  if (close(listener) != 0 || !sent) return false;
  return plan.ground.own_user || !IsApplied(Layer::kSeal) ||
         ApplySyscallFilter(*plan.seal_syscalls);
}

bool EnterWorkspace(const SessionPlan& plan) {
  if (plan.ground.own_namespaces) return chdir(kWorkspacePath) == 0;
  // No pid namespace ends it with its supervisor; the guest may undo this.
  return fchdir(kWorkspaceFd) == 0 && (!IsApplied(Layer::kDeathWithSupervisor) ||
                                       prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0);
}

void ConfineInterpreter(const SessionPlan& plan, int listener_socket, const Failer& failer) {
  close(kSupervisorProgramFd);
  close(kOrderBookFd);
  failer.Check(setsid() >= 0, "setsid");
  failer.Check(DefaultSignals(), "signals");
  failer.Check(YieldToTheHost(), "priority");
  failer.Check(LimitCpus(plan), "cpus");
  failer.Check(LimitResources(plan), "rlimits");
  failer.Check(DropCapabilitiesForever(), "bounding set");
  failer.Check(DropToUser(plan.uid), "user and capabilities");
  if (!plan.ground.own_namespaces) failer.Check(OfferToOomKiller(), "oom_score_adj");
  failer.Check(EnterWorkspace(plan), "enter /mnt/data");
  // As the user: a rule grants nothing that the mode bits refuse.
  Landlock landlock;
  failer.Check(landlock.Create(), "landlock ruleset");
  const char* path = plan.ground.own_namespaces ? AllowMountedPaths(&landlock)
                                                : AllowContainerPaths(plan, &landlock);
  if (path != nullptr) failer.Fail(path);
  failer.Check(SetNoNewPrivs(), "no_new_privs");
  failer.Check(landlock.Enforce(), "landlock");
  failer.Check(FilterSystemCalls(plan, listener_socket), "seccomp");
  close(listener_socket);
  // Nothing below may need the host: this was the last word to it.
  close(kSupervisorFd);
}

}  // namespace

void EnterSession(const SessionPlan& plan) {
  // Until the descriptors are in place, failures go to where it is now.
  const Failer early(plan.supervisor_fd);
  if (plan.cgroup_fd >= 0 && !plan.ground.own_namespaces)
    early.Check(!IsApplied(Layer::kCgroup) || EnterCgroup(plan.cgroup_fd), "cgroup");
  early.Check(ArrangeDescriptors(plan), "descriptors");
  Failer failer(kSupervisorFd);
  failer.Check(setsid() >= 0, "supervisor: setsid");
  if (plan.ground.own_namespaces) {
    failer.Check(OfferToOomKiller(), "oom_score_adj");
    failer.Check(EnterNamespaces(), "namespaces");
    const char* step = MountSession(plan);
    failer.Check(step == nullptr, step);
  } else {
    const char* step = OpenSessionFolders(plan, kSessionsFd);
    failer.Check(step == nullptr, step);
    close(kSessionsFd);
    failer.Check(GatherProcesses(plan), "subreaper and scopes");
  }
  int sockets[2];
  failer.Check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0, "socketpair");
  // _Fork runs no handlers of pthread_atfork: they put the locks of libraries in order, which
  // nobody holds where there is one thread, and write to a page for each of them; in this
  // process, which still shares the zygote's memory, too.
  pid_t interpreter = _Fork();
  failer.Check(interpreter >= 0, "fork");
  close(sockets[interpreter > 0 ? 1 : 0]);
  if (interpreter > 0) BecomeSupervisor(plan, interpreter, sockets[0], failer);
  ConfineInterpreter(plan, sockets[1], failer);
}

}  // namespace carrel::child
