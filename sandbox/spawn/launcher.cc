#include "sandbox/spawn/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "carrel/internal/frames.pb.h"
#include "sandbox/ipc/fd_passing.h"

namespace carrel {
namespace {

// The launcher's side: a process of its own with one thread, forked before carreld starts any.
class LauncherProcess {
 public:
  LauncherProcess(UniqueFd socket, std::string zygote_binary, const std::string& guest_library,
                  Cgroups* cgroups)
      : socket_(std::move(socket)),
        zygote_binary_(std::move(zygote_binary)),
        cgroups_(cgroups),
        preload_(guest_library.empty() ? "" : absl::StrCat("LD_PRELOAD=", guest_library)) {}

  // Never returns.
  [[noreturn]] void Run() {
    Detach();
    sigset_t none;
    sigemptyset(&none);
    for (;;) {
      Reap();
      pollfd host{socket_.get(), POLLIN, 0};
      int ready = ppoll(&host, 1, nullptr, &none);
      if (ready < 0 && errno == EINTR) continue;
      if (ready < 0 || !HandleRequest()) break;
    }
    for (pid_t zygote : zygotes_) kill(zygote, SIGKILL);
    AwaitOrphans();
    if (cgroups_ != nullptr) cgroups_->Dismantle();
    _exit(0);
  }

 private:
  // Detaches from the terminal: Ctrl-C is for carreld, whose end makes the launcher exit.
  void Detach() {
    setsid();
    prctl(PR_SET_NAME, "carrel-launcher", 0, 0, 0);
    // Orphans of zygotes are reparented to the launcher, which reaps them.
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    for (int number : {SIGINT, SIGTERM, SIGHUP}) signal(number, SIG_IGN);
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(SIGCHLD, &action, nullptr);
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_SETMASK, &children, nullptr);
    int null_fd = open("/dev/null", O_RDWR);
    for (int fd : {0, 1, 2}) dup2(null_fd, fd);
    int kept = fcntl(socket_.get(), F_DUPFD_CLOEXEC, 3);
    dup2(kept, 3);
    fcntl(3, F_SETFD, FD_CLOEXEC);
    (void)socket_.release();
    socket_.reset(3);
    syscall(SYS_close_range, 4U, ~0U, 0U);
  }

  void Reap() {
    pid_t pid;
    while ((pid = waitpid(-1, nullptr, WNOHANG)) > 0) zygotes_.erase(pid);
  }

  // Waits for the supervisors of living sessions, which are reparented to the launcher when their
  // zygote dies. They detect by themselves that carreld is gone, and end their sessions; the
  // launcher stays until they have.
  void AwaitOrphans() {
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    const timespec patience{10, 0};
    pid_t pid;
    while ((pid = waitpid(-1, nullptr, WNOHANG)) >= 0)
      if (pid == 0 && sigtimedwait(&children, nullptr, &patience) < 0 && errno == EAGAIN) return;
  }

  // Handles a packet with one descriptor: the zygote's endpoint of its control socket. The reply is
  // the pid as text, -1 if there is none.
  bool HandleRequest() {
    absl::StatusOr<PacketWithFds> request = ReceivePacket(socket_.get());
    if (!request.ok() || request->bytes.empty() || request->fds.size() != 1) return false;
    pid_t pid = fork();
    if (pid == 0) Exec(request->fds[0].get());
    if (pid > 0) zygotes_.insert(pid);
    return SendPacket(socket_.get(), absl::StrCat(pid), {}).ok();
  }

  [[noreturn]] void Exec(int control) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    // The defaults also undo what carreld was started with: a shell makes background jobs ignore
    // some signals.
    for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
    dup2(control, 3);
    char* const arguments[] = {const_cast<char*>("carrel-zygote"), nullptr};
    char* const environment[] = {preload_.empty() ? nullptr : const_cast<char*>(preload_.c_str()),
                                 nullptr};
    execve(zygote_binary_.c_str(), arguments, environment);
    _exit(127);
  }

  UniqueFd socket_;
  const std::string zygote_binary_;
  Cgroups* const cgroups_;     // This process's copy.
  const std::string preload_;  // An entry of the environment.
  std::set<pid_t> zygotes_;
};

// The client's side, in carreld.
class LauncherImpl : public Launcher {
 public:
  explicit LauncherImpl(UniqueFd socket) : socket_(std::move(socket)) {}

  absl::StatusOr<LaunchedZygote> Launch(const ZygoteSpec& spec) override {
    auto sockets = MakeSocketPair(SOCK_SEQPACKET);
    if (!sockets.ok()) return sockets.status();
    absl::StatusOr<LaunchedZygote> launched = RequestProcess(sockets->second.get());
    if (!launched.ok()) return launched;
    launched->control = std::move(sockets->first);
    internal::ZygoteLaunch message;
    message.set_environment(spec.environment);
    message.set_sessions_directory(spec.sessions_directory);
    for (const std::string& module : spec.preload) message.add_preload(module);
    for (const std::string& statement : spec.warm_up) message.add_warm_up(statement);
    message.set_test_layers_off(spec.test_layers_off);
    message.set_own_namespaces(HasOwnNamespaces(spec.isolation_mode));
    message.set_own_user(HasOwnUser(spec.isolation_mode));
    absl::Status sent = SendPacket(launched->control.get(), message.SerializeAsString(), {});
    if (!sent.ok()) return sent;
    return launched;
  }

 private:
  absl::StatusOr<LaunchedZygote> RequestProcess(int zygote_end) {
    absl::MutexLock lock(&mutex_);
    absl::Status sent = SendPacket(socket_.get(), "zygote", {zygote_end});
    if (!sent.ok()) return sent;
    absl::StatusOr<PacketWithFds> answer = ReceivePacket(socket_.get());
    if (!answer.ok()) return answer.status();
    LaunchedZygote launched;
    if (!absl::SimpleAtoi(answer->bytes, &launched.pid) || launched.pid <= 0)
      return absl::InternalError("the launcher could not start a zygote");
    return launched;
  }

  absl::Mutex mutex_;  // Allows one request at a time on the socket.
  const UniqueFd socket_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<Launcher>> Launcher::Start(std::string zygote_binary,
                                                          const std::string& guest_library,
                                                          Cgroups* cgroups) {
  if (access(zygote_binary.c_str(), X_OK) != 0)
    return absl::NotFoundError(absl::StrCat(zygote_binary, " is missing: build or install it"));
  auto sockets = MakeSocketPair(SOCK_SEQPACKET);
  if (!sockets.ok()) return sockets.status();
  pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "cannot fork the launcher");
  if (pid == 0) {
    sockets->first.reset();
    LauncherProcess(std::move(sockets->second), std::move(zygote_binary), guest_library, cgroups)
        .Run();
  }
  return std::make_unique<LauncherImpl>(std::move(sockets->first));
}

}  // namespace carrel
