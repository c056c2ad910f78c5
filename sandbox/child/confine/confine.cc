#include "sandbox/child/confine/confine.h"

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

#include "sandbox/child/confine/cgroup_entry.h"
#include "sandbox/child/confine/failer.h"
#include "sandbox/child/confine/host_name.h"
#include "sandbox/child/confine/landlock.h"
#include "sandbox/child/confine/mounts.h"
#include "sandbox/child/confine/priority.h"
#include "sandbox/child/confine/privileges.h"
#include "sandbox/child/confine/resource_limits.h"
#include "sandbox/child/confine/session_folders.h"
#include "sandbox/child/confine/session_view.h"
#include "sandbox/child/policy/syscall_filter.h"
#include "sandbox/child/supervisor/supervisor_config.h"
#include "sandbox/child/zygote/image_root.h"
#include "sandbox/ipc/descriptors.h"
#include "sandbox/layers.h"

namespace carrel::child {
namespace {

// The sessions directory; closed once the session's directories are open.
constexpr int kSessionsFd = kPipeWatchFd + 1;
// Descriptor numbers above every fixed one, so that no dup2 overwrites one that is still needed.
constexpr int kAboveFixed = 128;

// Leaves 0 = /dev/null, 1, 2 = pipes, and the descriptors of session_plan.h at their numbers; all
// except the first three are close-on-exec.
bool ArrangeDescriptors(const SessionPlan& plan) {
  int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  int sources[] = {null_fd,
                   plan.stdout_fd,
                   plan.stderr_fd,
                   plan.frame_fd,
                   plan.supervisor_fd,
                   plan.output_ring_fd,
                   plan.supervisor_program_fd,
                   plan.shared_config_fd,
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

// Replaces a pid namespace: the session's orphans are reparented to this process, and no signal
// from its Landlock domain, even one to all processes, leaves the domain.
bool GatherProcesses(const SessionPlan& plan) {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return false;
  if (!IsApplied(Layer::kSupervisorScopes)) return true;
  // On such a kernel the user id alone limits signals, and must be the session's own.
  if (LandlockAbi() < kScopesAbi) return plan.traits.own_user;
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

// Allows the paths of a root of its own, where everything that is mounted is the image's or the
// session's.
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
      // Models list the root (`ls /`); it shows the image's own names.
      {"/", Landlock::Access::kList},
      {kWorkspacePath, kReadWrite},
      {"/tmp", kReadWrite},
      {"/dev/shm", kReadWrite},
  };
  return AllowAll(landlock, std::begin(rules), std::end(rules));
}

// Allows paths of a container's own root. From /etc and /proc it allows only what is not secret:
// all of /proc would include other processes.
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
  // The zygote has set this variable, for programs that the guest runs.
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
      // The CPU topology; the other files there reveal no more than /proc/cpuinfo and /proc/stat.
      {"/sys/devices/system/cpu", kRead},
      // The limits of the whole container, for programs that do not load the guest library.
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

// Resets the zygote's signal handlers; the handlers that Python installed stay.
bool DefaultSignals() {
  if (signal(SIGCHLD, SIG_DFL) == SIG_ERR) return false;
  sigset_t none;
  sigemptyset(&none);
  return sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
}

// Executes the supervisor's program in this process, which still shares the zygote's memory: no
// code here may allocate.
[[noreturn]] void BecomeSupervisor(const SessionPlan& plan, pid_t interpreter, int listener_socket,
                                   const Failer& failer) {
  for (int fd : {0, 1, 2, kFrameFd}) close(fd);
  if (!plan.traits.own_namespaces) CloseSessionFolders();
  failer.Check(dup3(listener_socket, kListenerSocketFd, 0) >= 0, "supervisor: descriptors");
  for (int fd : {kSupervisorFd, kSharedConfigFd})
    failer.Check(fcntl(fd, F_SETFD, 0) == 0, "supervisor: descriptors");
  failer.Check(LimitCpus(plan), "supervisor: cpus");
  SessionArguments arguments(interpreter, plan.limits.process_count, plan.uid, plan.supervisor_uid);
  char* const environment[] = {nullptr};
  syscall(SYS_execveat, kSupervisorProgramFd, "", arguments.argv(), environment, AT_EMPTY_PATH);
  failer.Fail("supervisor: exec");
}

// Applies the filter; from then on the supervisor receives the calls that it forwards.
bool FilterSystemCalls(const SessionPlan& plan, int listener_socket) {
  if (!IsApplied(Layer::kSeccomp)) return true;
  int listener = ApplyNotifyingSyscallFilter(*plan.interpreter_syscalls);
  if (listener < 0) return false;
  const char byte = 0;
  const bool sent = SendDescriptors(listener_socket, {&byte, 1}, {&listener, 1}) == 1;
  // The holder of the listener decides about the calls: the guest must never have it.
  if (close(listener) != 0 || !sent) return false;
  return plan.traits.own_user || !IsApplied(Layer::kSecondStageFilter) ||
         ApplySyscallFilter(*plan.second_stage_syscalls);
}

bool EnterWorkspace(const SessionPlan& plan) {
  if (plan.traits.own_namespaces) return chdir(kWorkspacePath) == 0;
  // Without a pid namespace, a signal ends the interpreter with its supervisor; the guest may undo
  // this.
  return fchdir(kWorkspaceFd) == 0 && (!IsApplied(Layer::kDeathWithSupervisor) ||
                                       prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0);
}

void ConfineInterpreter(const SessionPlan& plan, int listener_socket, const Failer& failer) {
  close(kSupervisorProgramFd);
  close(kSharedConfigFd);
  failer.Check(setsid() >= 0, "setsid");
  failer.Check(DefaultSignals(), "signals");
  failer.Check(YieldToTheHost(), "priority");
  failer.Check(LimitCpus(plan), "cpus");
  failer.Check(LimitResources(plan), "rlimits");
  failer.Check(DropCapabilitiesForever(), "bounding set");
  failer.Check(DropToUser(plan.uid), "user and capabilities");
  if (!plan.traits.own_namespaces) failer.Check(OfferToOomKiller(), "oom_score_adj");
  failer.Check(EnterWorkspace(plan), "enter /mnt/data");
  // The rules are made as the session's user: they grant nothing that the mode bits refuse.
  Landlock landlock;
  failer.Check(landlock.Create(), "landlock ruleset");
  const char* path = plan.traits.own_namespaces ? AllowMountedPaths(&landlock)
                                                : AllowContainerPaths(plan, &landlock);
  if (path != nullptr) failer.Fail(path);
  failer.Check(SetNoNewPrivs(), "no_new_privs");
  failer.Check(landlock.Enforce(), "landlock");
  failer.Check(FilterSystemCalls(plan, listener_socket), "seccomp");
  close(listener_socket);
  // This was the last descriptor for messages to the host: nothing below may need one.
  close(kSupervisorFd);
}

}  // namespace

void EnterSession(const SessionPlan& plan) {
  // Failures are reported here until the descriptors are in place.
  const Failer early(plan.supervisor_fd);
  if (plan.cgroup_fd >= 0 && !plan.traits.own_namespaces)
    early.Check(!IsApplied(Layer::kCgroup) || EnterCgroup(plan.cgroup_fd), "cgroup");
  early.Check(ArrangeDescriptors(plan), "descriptors");
  Failer failer(kSupervisorFd);
  failer.Check(setsid() >= 0, "supervisor: setsid");
  if (plan.traits.own_namespaces) {
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
  // _Fork runs no pthread_atfork handlers. They would reset the locks of libraries, which are not
  // held in a process with one thread, and would write to a page for each, also in this process,
  // which still shares the zygote's memory.
  pid_t interpreter = _Fork();
  failer.Check(interpreter >= 0, "fork");
  close(sockets[interpreter > 0 ? 1 : 0]);
  if (interpreter > 0) BecomeSupervisor(plan, interpreter, sockets[0], failer);
  ConfineInterpreter(plan, sockets[1], failer);
}

}  // namespace carrel::child
