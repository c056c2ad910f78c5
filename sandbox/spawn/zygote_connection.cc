#include "sandbox/spawn/zygote_connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <initializer_list>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sandbox/ipc/fd_passing.h"
#include "sandbox/ipc/output_ring.h"
#include "sandbox/ipc/wire_limits.h"
#include "sandbox/posix/shared_memory.h"

namespace carrel {
namespace {

// The offset of a supervisor's user id from its session's: beyond all ids that sessions get.
constexpr uint32_t kSupervisorUidOffset = 1'000'000;

// The handle that Zygote::Spawn returns: ends the process when it is destroyed.
class InterpreterHandle : public Interpreter {
 public:
  explicit InterpreterHandle(std::shared_ptr<InterpreterProcess> process)
      : process_(std::move(process)) {}
  ~InterpreterHandle() override { process_->Abandon(); }

  void Run(const Cell& cell, CellSink* sink, absl::AnyInvocable<void(Outcome)> done) override {
    process_->Run(cell, sink, std::move(done));
  }
  void Interrupt(StopReason reason) override { process_->Interrupt(reason); }
  void Kill(StopReason reason) override { process_->Kill(reason); }
  bool alive() const override { return process_->alive(); }
  bool IsConnected() override { return process_->IsConnected(); }
  int pid() const override { return process_->pid(); }
  void set_on_death(absl::AnyInvocable<void(const Death&)> callback) override {
    process_->set_on_death(std::move(callback));
  }

 private:
  const std::shared_ptr<InterpreterProcess> process_;
};

// The descriptors of a child; closed here once they are sent.
struct ChildEndpoints {
  UniqueFd frames, stdout_pipe, stderr_pipe, supervisor, output_ring, pipe_watch;
};

// Programs open the pipe by name, as /dev/stdout, /dev/stderr and /dev/fd/1: the session's group,
// whose number is its user's, may open it for writing only, and may not change its mode.
constexpr mode_t kPipeMode = S_IRUSR | S_IWUSR | S_IWGRP;

absl::Status MakePipe(uint32_t uid, UniqueFd* read_end, UniqueFd* write_end) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe2");
  read_end->reset(fds[0]);
  write_end->reset(fds[1]);
  // In isolation modes without session users, the pipe has the right owner already.
  if (uid == geteuid()) return absl::OkStatus();
  if (fchown(fds[1], static_cast<uid_t>(-1), uid) != 0 || fchmod(fds[1], kPipeMode) != 0)
    return absl::ErrnoToStatus(errno, "giving an output pipe to the session's group");
  return absl::OkStatus();
}

// Makes an epoll descriptor that is readable while one of the pipes is: before each line that it
// prints, the guest queries it to learn whether the host has read everything that C code has
// written.
absl::Status WatchPipes(std::initializer_list<int> pipes, UniqueFd* watch) {
  watch->reset(epoll_create1(EPOLL_CLOEXEC));
  for (int pipe : pipes) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (epoll_ctl(watch->get(), EPOLL_CTL_ADD, pipe, &event) != 0)
      return absl::ErrnoToStatus(errno, "epoll_ctl");
  }
  return absl::OkStatus();
}

absl::Status MakeEndpoints(uint32_t uid, InterpreterEndpoints* host, ChildEndpoints* child) {
  auto frames = MakeSocketPair(SOCK_STREAM);
  if (!frames.ok()) return frames.status();
  auto supervisor = MakeSocketPair(SOCK_SEQPACKET);
  if (!supervisor.ok()) return supervisor.status();
  std::tie(host->output.frames, child->frames) = *std::move(frames);
  std::tie(host->supervisor.socket, child->supervisor) = *std::move(supervisor);
  auto ring = SharedMemory::Make("carrel-output", kOutputRingBytes);
  if (!ring.ok()) return ring.status();
  std::tie(host->output.ring, child->output_ring) = *std::move(ring);
  absl::Status made = MakePipe(uid, &host->output.stdout_pipe, &child->stdout_pipe);
  if (made.ok()) made = MakePipe(uid, &host->output.stderr_pipe, &child->stderr_pipe);
  if (made.ok())
    made = WatchPipes({host->output.stdout_pipe.get(), host->output.stderr_pipe.get()},
                      &child->pipe_watch);
  return made;
}

internal::ZygoteRequest MakeRequest(uint64_t id, const SpawnOptions& options, bool in_cgroup) {
  internal::ZygoteRequest message;
  internal::SpawnRequest& request = *message.mutable_spawn();
  request.set_spawn_id(id);
  request.set_workspace(options.workspace);
  request.set_uid(options.uid);
  request.set_private_folder(options.private_folder);
  request.set_supervisor_uid(options.uid + kSupervisorUidOffset);
  request.set_in_cgroup(in_cgroup);
  *request.mutable_limits() = ToWire(options.limits);
  for (const auto& [name, value] : options.environment) {
    internal::EnvironmentVariable* variable = request.add_environment();
    variable->set_name(name);
    variable->set_value(value);
  }
  return message;
}

}  // namespace

ZygoteConnection::ZygoteConnection(EventLoop* loop, asio::thread_pool* pool,
                                   SamplingThreads* samplers, IsolationMode isolation_mode,
                                   UniqueFd control, int pid)
    : loop_(loop),
      pool_(pool),
      samplers_(samplers),
      isolation_mode_(isolation_mode),
      control_(loop->context(), control.release()),
      pid_(pid) {}

absl::StatusOr<std::string> ZygoteConnection::AwaitReady(int timeout_ms) {
  pollfd ready{control_.native_handle(), POLLIN, 0};
  if (poll(&ready, 1, timeout_ms) != 1)
    return absl::DeadlineExceededError("the zygote does not finish its imports");
  absl::StatusOr<PacketWithFds> packet = ReceivePacket(control_.native_handle());
  if (!packet.ok()) return packet.status();
  if (packet->bytes.empty())
    return absl::InternalError("the zygote ended before it was ready; is its image complete?");
  internal::ZygoteMessage message;
  if (!message.ParseFromString(packet->bytes) || !message.has_ready())
    return absl::InternalError("the zygote's first word is not understood");
  if (!message.ready().error().empty()) return absl::InternalError(message.ready().error());
  state_ = State::kReady;
  return message.ready().python_version();
}

void ZygoteConnection::Watch(absl::AnyInvocable<void(ZygoteConnection*)> changed) {
  changed_ = std::move(changed);
  WaitReadable();
}

absl::Status ZygoteConnection::Spawn(const SpawnOptions& options,
                                     std::unique_ptr<SessionCgroup> cgroup, SpawnDone* done) {
  PendingSpawn pending;
  ChildEndpoints child;
  absl::Status made = MakeEndpoints(options.uid, &pending.endpoints, &child);
  if (!made.ok()) return made;
  std::vector<int> fds = {child.frames.get(),     child.stdout_pipe.get(), child.stderr_pipe.get(),
                          child.supervisor.get(), child.output_ring.get(), child.pipe_watch.get()};
  absl::StatusOr<UniqueFd> folder = UniqueFd();
  if (cgroup != nullptr) {
    folder = cgroup->Open();
    if (!folder.ok()) return folder.status();
    fds.push_back(folder->get());
  }
  const uint64_t id = next_spawn_++;
  absl::Status sent = SendPacket(control_.native_handle(),
                                 MakeRequest(id, options, cgroup != nullptr).SerializeAsString(),
                                 fds, MSG_DONTWAIT);
  if (!sent.ok()) return absl::UnavailableError("the image's zygote does not take requests");
  pending.endpoints.supervisor.isolation_mode = isolation_mode_;
  pending.endpoints.supervisor.uid = options.uid;
  pending.endpoints.supervisor.cgroup = std::move(cgroup);
  pending.limits = options.limits;
  pending.grace = options.interrupt_grace_period;
  pending.done = std::move(*done);
  pending_.emplace(id, std::move(pending));
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<ZygoteConnection>> ZygoteConnection::MakeSpare() {
  auto sockets = MakeSocketPair(SOCK_SEQPACKET);
  if (!sockets.ok()) return sockets.status();
  internal::ZygoteRequest request;
  request.mutable_spare();
  absl::Status sent = SendPacket(control_.native_handle(), request.SerializeAsString(),
                                 {sockets->second.get()}, MSG_DONTWAIT);
  if (!sent.ok()) return sent;
  return std::make_shared<ZygoteConnection>(loop_, pool_, samplers_, isolation_mode_,
                                            std::move(sockets->first), 0);
}

// The process reads pending requests before it reads the end of the stream, and then closes its
// endpoint.
void ZygoteConnection::Finish() { shutdown(control_.native_handle(), SHUT_WR); }

void ZygoteConnection::Close() {
  changed_ = nullptr;
  state_ = State::kGone;
  asio::error_code ignored;
  control_.close(ignored);
}

void ZygoteConnection::WaitReadable() {
  loop_->Wait(&control_, asio::posix::stream_descriptor::wait_read,
              [self = shared_from_this()](const asio::error_code& error) {
                if (!error && !self->gone()) self->OnReadable();
              });
}

void ZygoteConnection::OnReadable() {
  while (!gone()) {
    absl::StatusOr<PacketWithFds> packet = ReceivePacket(control_.native_handle(), MSG_DONTWAIT);
    if (absl::IsUnavailable(packet.status())) return WaitReadable();
    if (!packet.ok() || packet->bytes.empty()) return OnGone();
    internal::ZygoteMessage message;
    if (!message.ParseFromString(packet->bytes)) return OnGone();
    if (message.has_ready()) {
      if (!message.ready().error().empty()) return OnGone();
      state_ = State::kReady;
      pid_ = message.ready().pid();
      changed_(this);
    } else if (message.has_spawned()) {
      OnSpawned(message.spawned(), std::move(packet->fds));
    }
  }
}

void ZygoteConnection::OnSpawned(const internal::SpawnReply& reply, std::vector<UniqueFd> fds) {
  auto found = pending_.find(reply.spawn_id());
  if (found == pending_.end()) return;
  PendingSpawn pending = std::move(found->second);
  pending_.erase(found);
  if (!reply.ok() || fds.size() != 1)
    return pending.done(absl::InternalError(absl::StrCat("cannot fork: ", reply.error())));
  pending.endpoints.supervisor.pidfd = std::move(fds[0]);
  pending.endpoints.supervisor.pid = reply.pid();
  auto process = std::make_shared<InterpreterProcess>(
      loop_, pool_, samplers_, std::move(pending.endpoints), pending.limits, pending.grace);
  process->Start(
      [self = process, done = std::move(pending.done)](const absl::Status& status) mutable {
        if (!status.ok()) return done(status);
        done(std::make_unique<InterpreterHandle>(self));
      });
}

// The process died, or has ended as it should. Its sandboxes live on.
void ZygoteConnection::OnGone() {
  auto changed = std::exchange(changed_, nullptr);
  Close();
  changed(this);
  for (auto& [id, spawn] : std::exchange(pending_, {}))
    spawn.done(absl::UnavailableError("the image's zygote died"));
}

}  // namespace carrel
