#include "sandbox/child/zygote/zygote_server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "carrel/internal/frames.pb.h"
#include "sandbox/child/confine/cgroup_entry.h"
#include "sandbox/child/confine/confine.h"
#include "sandbox/child/confine/resource_limits.h"
#include "sandbox/child/confine/session_plan.h"
#include "sandbox/child/confine/sibling.h"
#include "sandbox/child/interpreter/interpreter.h"
#include "sandbox/child/policy/syscall_policy.h"
#include "sandbox/child/supervisor/supervisor_config.h"
#include "sandbox/child/zygote/zygote_start.h"
#include "sandbox/ipc/descriptors.h"
#include "sandbox/ipc/wire_limits.h"
#include "sandbox/layers.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel::child {
namespace {

constexpr size_t kSpawnFds = 6;  // A cgroup's descriptor follows, if there is one.
constexpr size_t kMaxPacketBytes = 256 << 10;

void OnChild(int) {}

int CountThreads() {
  DIR* directory = opendir("/proc/self/task");
  int count = 0;
  while (directory != nullptr && readdir(directory) != nullptr) ++count;
  if (directory != nullptr) closedir(directory);
  return count - 2;  // The entries "." and ".." are not counted.
}

std::string ErrnoText(const char* what) { return std::string(what) + ": " + strerror(errno); }

}  // namespace

struct ZygoteServer::Packet {
  internal::ZygoteRequest request;
  UniqueFd fds[kSpawnFds + 1];  // A SpareRequest has the first only.
};

void ZygoteServer::CompilePolicies(std::string* error) {
  PolicyTraits traits = traits_;
  // The rows that protect other pids apply only where there is no pid namespace.
  if (!IsApplied(Layer::kOwnPidRules)) traits.own_namespaces = true;
  const std::vector<SyscallRule> table = SyscallPolicy(traits);
  interpreter_syscalls_ = CompileSyscallPolicy(table, Default::kRefuse, error);
  if (!error->empty()) return;
  const std::vector<sock_filter> supervisor =
      CompileSyscallPolicy(SupervisorSyscalls(traits_), Default::kErrno, error);
  if (!error->empty()) return;
  shared_config_fd_ = MakeSharedConfig(traits_, NotificationRows(table), supervisor);
  if (shared_config_fd_ < 0) *error = ErrnoText("cannot write the supervisor's configuration");
  if (!error->empty()) return;
  second_stage_syscalls_ = CompileSyscallPolicy(SecondStageSyscalls(), Default::kAllow, error);
}

SessionPlan ZygoteServer::MakePlan(const Packet& packet) const {
  const internal::SpawnRequest& request = packet.request.spawn();
  SessionPlan plan;
  plan.frame_fd = packet.fds[0].get();
  plan.stdout_fd = packet.fds[1].get();
  plan.stderr_fd = packet.fds[2].get();
  plan.supervisor_fd = packet.fds[3].get();
  plan.output_ring_fd = packet.fds[4].get();
  plan.pipe_watch_fd = packet.fds[5].get();
  plan.cgroup_fd = packet.fds[6].get();
  plan.traits = traits_;
  plan.environment_path = environment_path_;
  plan.workspace = request.workspace();
  plan.private_folder = request.private_folder();
  plan.uid = request.uid();
  plan.supervisor_uid = request.supervisor_uid();
  plan.limits = FromWire(request.limits());
  for (const internal::EnvironmentVariable& variable : request.environment())
    plan.environment.emplace_back(variable.name(), variable.value());
  plan.interpreter_syscalls = &interpreter_syscalls_;
  plan.second_stage_syscalls = &second_stage_syscalls_;
  plan.public_settings = &public_settings_;
  plan.supervisor_program_fd = supervisor_program_fd_;
  plan.shared_config_fd = shared_config_fd_;
  plan.sessions_fd = sessions_fd_;
  return plan;
}

std::string ZygoteServer::Prepare(const internal::ZygoteLaunch& launch) {
  traits_ = {launch.own_namespaces(), launch.own_user()};
  environment_path_ = launch.environment();
  std::string error;
  CompilePolicies(&error);
  if (!error.empty()) return error;
  if (traits_.own_namespaces) {
    own_pid_namespace_ = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    if (own_pid_namespace_ < 0) return ErrnoText("cannot open the pid namespace");
  } else {
    sessions_fd_ = open(launch.sessions_directory().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    public_settings_ = PublicSettings();
    if (sessions_fd_ < 0) return ErrnoText("cannot open the sessions directory");
  }
  if (int threads = CountThreads(); threads != 1)
    return "the image's modules started threads (" + std::to_string(threads) +
           " in all), so it cannot be forked: take the module that does from `preload`";
  struct sigaction action {};
  action.sa_handler = OnChild;
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  if (sigaction(SIGCHLD, &action, nullptr) != 0 || sigprocmask(SIG_BLOCK, &children, nullptr) != 0)
    return ErrnoText("cannot watch for children");
  return "";
}

bool ZygoteServer::Receive(Packet* packet) {
  static char buffer[kMaxPacketBytes];
  int fds[kSpawnFds + 1];
  size_t count = 0;
  const ssize_t n = ReceiveDescriptors(control_fd_, buffer, fds, &count);
  for (size_t i = 0; i < count; ++i) packet->fds[i].reset(fds[i]);
  if (n <= 0) return false;
  if (!packet->request.ParseFromArray(buffer, static_cast<int>(n))) return false;
  if (packet->request.has_spare()) return count == 1;
  return count == (packet->request.spawn().in_cgroup() ? kSpawnFds + 1 : kSpawnFds);
}

bool ZygoteServer::Reply(unsigned long long spawn_id, int pid, const std::string& error) {
  UniqueFd pidfd;
  internal::ZygoteMessage answer;
  internal::SpawnReply* reply = answer.mutable_spawned();
  reply->set_spawn_id(spawn_id);
  reply->set_error(error);
  // The child is not reaped yet, so the pid is still its own.
  if (pid > 0) pidfd.reset(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  reply->set_ok(pidfd.valid());
  reply->set_pid(pid);
  if (pid > 0 && !pidfd.valid()) reply->set_error(ErrnoText("pidfd_open"));
  std::string bytes = answer.SerializeAsString();
  const int fd = pidfd.get();
  return SendDescriptors(control_fd_, bytes, {&fd, pidfd.valid() ? size_t{1} : size_t{0}}) ==
         static_cast<ssize_t>(bytes.size());
}

bool ZygoteServer::GivesPidNamespaces() const {
  return traits_.own_namespaces && IsApplied(Layer::kPidNamespace);
}

// Starts two processes, and copies the zygote's memory only once: the first, made by vfork, shares
// it, forks the interpreter and then executes the supervisor's program. Meanwhile the zygote waits.
// Returns 0 in the interpreter, confined; in the zygote, the pid of the first process or -1.
pid_t ZygoteServer::StartSession(const SessionPlan& plan) const {
  // The first process is pid 1 of a new namespace; the zygote's later children are not in it.
  if (GivesPidNamespaces() && unshare(CLONE_NEWPID) != 0) return -1;
  // A container's filter may refuse clone3; there EnterSession enters the cgroup.
  const bool born_inside =
      plan.cgroup_fd >= 0 && traits_.own_namespaces && IsApplied(Layer::kCgroup);
  const clone_args arguments = VforkInto(plan.cgroup_fd);
  BeforeFork();
  const long pid = born_inside ? carrel_vfork_into(&arguments, sizeof(arguments)) : vfork();
  if (pid == 0) {
    EnterSession(plan);
    return 0;
  }
  const int error = pid < 0 && born_inside ? static_cast<int>(-pid) : errno;
  AfterForkInZygote();
  if (GivesPidNamespaces() && setns(own_pid_namespace_, CLONE_NEWPID) != 0) _exit(1);
  errno = error;
  return static_cast<pid_t>(pid);
}

bool ZygoteServer::HandleSpawn(Packet* packet, int* exit_code) {
  SessionPlan plan = MakePlan(*packet);
  const pid_t pid = ChooseCpus(&plan) ? StartSession(plan) : -1;
  if (pid == 0) {
    *exit_code = RunInterpreter(plan);
    return true;
  }
  if (!Reply(packet->request.spawn().spawn_id(), pid, pid < 0 ? ErrnoText("cannot fork") : ""))
    _exit(0);
  return false;
}

// Makes a spare copy, which the host keeps beside each zygote as its replacement: it has nothing to
// import.
void ZygoteServer::HandleSpare(Packet* packet) {
  // The copy's socket is closed here.
  if (!ForkSibling()) return;
  // It replaces the zygote's socket, of which no other process may have a copy: else the host would
  // not notice that the zygote dies.
  if (dup3(packet->fds[0].get(), control_fd_, O_CLOEXEC) < 0) _exit(1);
  NameProcess(true);
  if (!AnnounceZygote(control_fd_, PythonVersion(), "")) _exit(0);
}

// Names the process, so that administrators can distinguish the one that makes sessions.
void ZygoteServer::NameProcess(bool is_spare) {
  is_spare_ = is_spare;
  prctl(PR_SET_NAME, is_spare ? "carrel-spare" : "carrel-zygote", 0, 0, 0);
}

int ZygoteServer::Serve() {
  sigset_t none;
  sigemptyset(&none);
  for (;;) {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    pollfd host{control_fd_, POLLIN, 0};
    int ready = ppoll(&host, 1, nullptr, &none);
    if (ready < 0 && errno == EINTR) continue;
    Packet packet;
    int exit_code = 0;
    if (ready < 0 || !Receive(&packet)) return 0;
    if (is_spare_) NameProcess(false);
    if (packet.request.has_spare())
      HandleSpare(&packet);
    else if (HandleSpawn(&packet, &exit_code))
      return exit_code;
  }
}

}  // namespace carrel::child
