#include "tests/ablation/layers_off_machine.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sandbox/processes/user_sweep.h"

namespace carrel {
namespace {

// The mount point of the fresh file system. It is not /tmp, because a checkout may be below that.
constexpr char kScratch[] = "/media";
constexpr uint32_t kFirstUid = 680000;
constexpr char kSession[] = "session";

void Must(bool ok, const char* what) {
  if (ok) return;
  perror(what);
  abort();
}

std::string OwnFolder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

// Sets up the file systems in this process's own mount namespace.
void MakeFileSystems() {
  Must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "private mounts");
  mount_attr attr{};
  attr.attr_set = MOUNT_ATTR_RDONLY;
  Must(syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) == 0,
       "read-only mounts");
  Must(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0, "/proc");
  Must(mount("tmpfs", kScratch, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0711") == 0, kScratch);
}

bool IsSwept(uint32_t uid) {
  for (int i = 0; i < 60; ++i)
    if (SweepUser(uid)) return true;
  return false;
}

// Raises the rights of which a session must get less. A process that may not raise its limits keeps
// what it has.
void TakeMuch() {
  const rlimit nice{40, 40}, realtime{99, 99};
  setrlimit(RLIMIT_NICE, &nice);
  setrlimit(RLIMIT_RTPRIO, &realtime);
  Must(setpriority(PRIO_PROCESS, 0, 0) == 0, "priority");
  Must(sethostname("aside", 5) == 0, "host name");
}

}  // namespace

void MoveAside() {
  if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
              CLONE_NEWCGROUP) != 0)
    return;
  const pid_t child = fork();
  if (child != 0) {
    int status = 0;
    const bool ended = waitpid(child, &status, 0) == child && WIFEXITED(status);
    _exit(ended ? WEXITSTATUS(status) : 1);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  MakeFileSystems();
  TakeMuch();
}

const LayersOffHost& LayersOffHost::Get() {
  static const auto& host = *new LayersOffHost();
  return host;
}

LayersOffHost::LayersOffHost() {
  absl::StatusOr<IsolationMode> isolation_mode = FindIsolationMode();
  Must(isolation_mode.ok(), "isolation mode");
  isolation_mode_ = *isolation_mode;
  const std::string own = OwnFolder();
  const char* state = getenv("CARREL_STATE_DIR");
  std::string guest_library;
  if (isolation_mode_ == IsolationMode::kNative) {
    folder_ = kScratch;
    environment_ = absl::StrCat(state ? state : CARREL_DEFAULT_STATE_DIR, "/images/minimal");
  } else {
    folder_ = own;
    environment_ = "/opt/carrel/images/minimal/env";
    guest_library = absl::StrCat(own, "/libcarrel-guest.so");
  }
  // The shipped zygote is beside this program's directory in the build, and below it in a
  // container.
  std::string shipped = absl::StrCat(own, "/shipped/carrel-zygote");
  if (access(shipped.c_str(), X_OK) != 0)
    shipped = absl::StrCat(own, "/../sandbox/child/carrel-zygote");
  absl::StatusOr<std::unique_ptr<Launcher>> started =
      Launcher::Start(absl::StrCat(own, "/carrel-zygote-testing"), guest_library);
  Must(started.ok(), "launcher");
  testing_ = *std::move(started);
  started = Launcher::Start(shipped, guest_library);
  Must(started.ok(), "launcher of what is shipped");
  shipped_ = *std::move(started);
}

uint32_t LayersOffHost::first_uid() const {
  return HasOwnUser(isolation_mode_) ? kFirstUid : geteuid();
}

LayersOffMachine::LayersOffMachine(LayerMask off, bool shipped)
    : sessions_(absl::StrCat(LayersOffHost::Get().folder(), "/sessions")) {
  const LayersOffHost& host = LayersOffHost::Get();
  SetLayersOff(off);
  Must(mkdir(sessions_.c_str(), 0711) == 0 && chmod(sessions_.c_str(), 0711) == 0, "sessions");
  ZygoteSpec spec;
  spec.name = "minimal";
  spec.environment = host.environment();
  spec.sessions_directory = sessions_;
  spec.test_layers_off = off;
  spec.isolation_mode = host.isolation_mode();
  auto zygote = Zygote::Start(&loop_, &pool_, &samplers_, host.launcher(shipped), spec);
  started_ = zygote.status();
  if (zygote.ok()) zygote_ = *std::move(zygote);
}

LayersOffMachine::~LayersOffMachine() {
  pool_.join();
  loop_.Stop();
  zygote_.reset();
  SetLayersOff(0);
  const LayersOffHost& host = LayersOffHost::Get();
  for (uint32_t uid : {host.first_uid(), host.first_uid() + 1})
    if (HasOwnUser(host.isolation_mode())) Must(IsSwept(uid), "no process of a session is left");
  std::error_code ignored;
  std::filesystem::remove_all(sessions_, ignored);
}

absl::StatusOr<IsolationReport> LayersOffMachine::RunSelfTest() {
  if (!started_.ok()) return started_;
  const LayersOffHost& host = LayersOffHost::Get();
  return carrel::RunSelfTest(&loop_, zygote_.get(),
                             {sessions_, host.first_uid(), host.isolation_mode()});
}

absl::StatusOr<std::shared_ptr<Workspace>> LayersOffMachine::MakeWorkspace(
    const WorkspaceLimits& limits) {
  const uint32_t uid = LayersOffHost::Get().first_uid();
  return Workspace::Create(absl::StrCat(sessions_, "/", kSession), {uid, uid}, limits);
}

absl::StatusOr<std::unique_ptr<SelfTestSession>> LayersOffMachine::OpenSession() {
  if (!started_.ok()) return started_;
  SpawnOptions options;
  options.limits.memory_bytes = 64 << 20;
  options.limits.process_count = 16;
  options.limits.workspace_bytes = 8 << 20;
  options.limits.workspace_file_count = 1000;
  options.limits.temporary_bytes = 4 << 20;
  options.limits.open_file_count = 64;
  options.workspace = absl::StrCat(kSession, "/files");
  options.private_folder = absl::StrCat(kSession, "/private");
  options.uid = LayersOffHost::Get().first_uid();
  options.interrupt_grace_period = absl::Seconds(1);
  WorkspaceLimits folders{options.limits.workspace_bytes, options.limits.workspace_file_count};
  if (!HasOwnNamespaces(LayersOffHost::Get().isolation_mode()))
    folders.max_temporary_bytes = options.limits.temporary_bytes;
  auto workspace = MakeWorkspace(folders);
  if (!workspace.ok()) return workspace.status();
  return SelfTestSession::Open(&loop_, zygote_.get(), std::move(options));
}

std::string NotStarted(const absl::Status& status) {
  return absl::StrCat("not started: ", status.message());
}

std::string StopReasonName(StopReason reason) {
  switch (reason) {
    case StopReason::kTimeout:
      return "TIMEOUT";
    case StopReason::kMemoryLimit:
      return "MEMORY";
    case StopReason::kCpuTimeLimit:
      return "CPU_TIME";
    case StopReason::kWorkspaceLimit:
      return "WORKSPACE";
    case StopReason::kFileCountLimit:
      return "FILE_COUNT";
    case StopReason::kTemporaryLimit:
      return "TEMPORARY";
    default:
      return "another reason";
  }
}

}  // namespace carrel
