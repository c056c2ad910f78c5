#include "sandbox/zygote.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "carrel/internal/frames.pb.h"
#include "sandbox/fd_passing.h"
#include "sandbox/output_ring.h"
#include "sandbox/sandbox_process.h"
#include "sandbox/shared_memory.h"

namespace carrel {
namespace {

// For the imports of an image's modules.
constexpr int kPreloadTimeoutMs = 180'000;
// Before a zygote that died is launched anew.
constexpr std::chrono::milliseconds kFirstRelaunchDelay{20};
constexpr std::chrono::milliseconds kMaxRelaunchDelay{5000};

// Of a supervisor's user id from its session's: beyond all ids that sessions get.
constexpr uint32_t kSupervisorUidOffset = 1'000'000;

// What Zygote::Spawn hands out: ends the process when it is destroyed.
class SandboxHandle : public Sandbox {
 public:
  explicit SandboxHandle(std::shared_ptr<SandboxProcess> process) : process_(std::move(process)) {}
  ~SandboxHandle() override { process_->Abandon(); }

  void Run(Cell cell, CellSink* sink, absl::AnyInvocable<void(Outcome)> done) override {
    process_->Run(std::move(cell), sink, std::move(done));
  }
  void Interrupt(StopReason reason) override { process_->Interrupt(reason); }
  void Kill(StopReason reason) override { process_->Kill(reason); }
  bool alive() const override { return process_->alive(); }
  int pid() const override { return process_->pid(); }
  void set_on_death(absl::AnyInvocable<void(const Death&)> callback) override {
    process_->set_on_death(std::move(callback));
  }

 private:
  const std::shared_ptr<SandboxProcess> process_;
};

using SpawnDone = absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<Sandbox>>)>;

// A spawn that the zygote has not answered yet.
struct PendingSpawn {
  SandboxEnds ends;
  SandboxLimits limits;
  absl::Duration grace;
  SpawnDone done;
};

// The descriptors that a child gets; closed here once they are sent.
struct ChildEnds {
  UniqueFd frames, stdout_pipe, stderr_pipe, supervisor, output_ring;
};

absl::Status MakePipe(UniqueFd* read_end, UniqueFd* write_end) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe2");
  read_end->reset(fds[0]);
  write_end->reset(fds[1]);
  return absl::OkStatus();
}

absl::Status MakeEnds(SandboxEnds* host, ChildEnds* child) {
  auto frames = MakeSocketPair(SOCK_STREAM);
  if (!frames.ok()) return frames.status();
  auto supervisor = MakeSocketPair(SOCK_SEQPACKET);
  if (!supervisor.ok()) return supervisor.status();
  std::tie(host->frames, child->frames) = *std::move(frames);
  std::tie(host->supervisor, child->supervisor) = *std::move(supervisor);
  auto ring = SharedMemory::Make("carrel-output", kOutputRingBytes);
  if (!ring.ok()) return ring.status();
  std::tie(host->output_ring, child->output_ring) = *std::move(ring);
  absl::Status made = MakePipe(&host->stdout_pipe, &child->stdout_pipe);
  if (made.ok()) made = MakePipe(&host->stderr_pipe, &child->stderr_pipe);
  return made;
}

internal::SpawnRequest MakeRequest(uint64_t id, const SpawnOptions& options) {
  internal::SpawnRequest request;
  request.set_spawn_id(id);
  request.set_workspace(options.workspace);
  request.set_uid(options.uid);
  request.set_private_folder(options.private_folder);
  request.set_supervisor_uid(options.uid + kSupervisorUidOffset);
  internal::SpawnLimits* limits = request.mutable_limits();
  limits->set_memory_bytes(options.limits.memory_bytes);
  limits->set_process_count(options.limits.process_count);
  limits->set_cpu_count(options.limits.cpu_count);
  limits->set_file_bytes(options.limits.workspace_bytes);
  limits->set_temporary_bytes(options.limits.temporary_bytes);
  limits->set_open_file_count(options.limits.open_file_count);
  for (const auto& [name, value] : options.environment) {
    internal::EnvironmentVariable* variable = request.add_environment();
    variable->set_name(name);
    variable->set_value(value);
  }
  return request;
}

absl::StatusOr<internal::ZygoteReady> ParseReady(const std::string& bytes) {
  internal::ZygoteMessage message;
  if (bytes.empty())
    return absl::InternalError("the zygote ended before it was ready; is its image complete?");
  if (!message.ParseFromString(bytes) || !message.has_ready())
    return absl::InternalError("the zygote's first word is not understood");
  if (!message.ready().error().empty()) return absl::InternalError(message.ready().error());
  return message.ready();
}

class ZygoteImpl : public Zygote, public std::enable_shared_from_this<ZygoteImpl> {
 public:
  ZygoteImpl(EventLoop* loop, asio::thread_pool* pool, Launcher* launcher, ZygoteSpec spec)
      : loop_(loop),
        pool_(pool),
        launcher_(launcher),
        spec_(std::move(spec)),
        control_(loop->context()),
        relaunch_timer_(loop->context()) {}

  // Blocks until the first process is ready.
  absl::Status StartFirst() {
    absl::StatusOr<LaunchedZygote> launched = launcher_->Launch(spec_);
    if (!launched.ok()) return launched.status();
    pollfd ready{launched->control.get(), POLLIN, 0};
    if (poll(&ready, 1, kPreloadTimeoutMs) != 1)
      return absl::DeadlineExceededError("the zygote does not finish its imports");
    absl::StatusOr<PacketWithFds> packet = ReceivePacket(launched->control.get());
    if (!packet.ok()) return packet.status();
    absl::StatusOr<internal::ZygoteReady> message = ParseReady(packet->bytes);
    if (!message.ok()) return message.status();
    python_version_ = message->python_version();
    Adopt(*std::move(launched));
    ready_ = true;
    loop_->Post([self = shared_from_this()] { self->WaitReadable(); });
    return absl::OkStatus();
  }

  void Spawn(SpawnOptions options, SpawnDone done) override {
    absl::StatusOr<uint64_t> id =
        ready_ ? RequestSpawn(options)
               : absl::UnavailableError("the image's zygote is being restarted");
    if (id.ok()) {
      pending_[*id].done = std::move(done);
    } else {
      loop_->Post([done = std::move(done), status = id.status()]() mutable { done(status); });
    }
  }

  const std::string& python_version() const override { return python_version_; }
  int pid() const override { return pid_; }

  void Stop() {
    stopped_ = true;
    asio::error_code ignored;
    control_.close(ignored);
    relaunch_timer_.cancel();
  }

 private:
  // The id under which the answer is waited for.
  absl::StatusOr<uint64_t> RequestSpawn(const SpawnOptions& options) {
    PendingSpawn pending;
    ChildEnds child;
    absl::Status made = MakeEnds(&pending.ends, &child);
    if (!made.ok()) return made;
    uint64_t id = next_spawn_++;
    absl::Status sent =
        SendPacket(control_.native_handle(), MakeRequest(id, options).SerializeAsString(),
                   {child.frames.get(), child.stdout_pipe.get(), child.stderr_pipe.get(),
                    child.supervisor.get(), child.output_ring.get()},
                   MSG_DONTWAIT);
    if (!sent.ok()) return absl::UnavailableError("the image's zygote does not take requests");
    pending.ends.lane = spec_.lane;
    pending.ends.uid = options.uid;
    pending.limits = options.limits;
    pending.grace = options.interrupt_grace_period;
    pending_.emplace(id, std::move(pending));
    return id;
  }

  void Adopt(LaunchedZygote launched) {
    pid_ = launched.pid;
    control_.assign(launched.control.release());
  }

  void WaitReadable() {
    loop_->Wait(&control_, asio::posix::stream_descriptor::wait_read,
                [self = shared_from_this()](const asio::error_code& error) {
                  if (!error && !self->stopped_) self->OnReadable();
                });
  }

  void OnReadable() {
    for (;;) {
      absl::StatusOr<PacketWithFds> packet = ReceivePacket(control_.native_handle(), MSG_DONTWAIT);
      if (absl::IsUnavailable(packet.status())) return WaitReadable();
      if (!packet.ok() || packet->bytes.empty()) return OnGone();
      internal::ZygoteMessage message;
      if (!message.ParseFromString(packet->bytes)) return OnGone();
      if (message.has_ready()) {
        if (!message.ready().error().empty()) return OnGone();
        ready_ = true;
        relaunch_delay_ = kFirstRelaunchDelay;
      } else if (message.has_spawned()) {
        OnSpawned(message.spawned(), std::move(packet->fds));
      }
    }
  }

  void OnSpawned(const internal::SpawnReply& reply, std::vector<UniqueFd> fds) {
    auto found = pending_.find(reply.spawn_id());
    if (found == pending_.end()) return;
    PendingSpawn pending = std::move(found->second);
    pending_.erase(found);
    if (!reply.ok() || fds.size() != 1)
      return pending.done(absl::InternalError(absl::StrCat("cannot fork: ", reply.error())));
    pending.ends.pidfd = std::move(fds[0]);
    pending.ends.pid = reply.pid();
    auto process = std::make_shared<SandboxProcess>(loop_, pool_, std::move(pending.ends),
                                                    pending.limits, pending.grace);
    process->Start(
        [self = process, done = std::move(pending.done)](const absl::Status& status) mutable {
          if (!status.ok()) return done(status);
          done(std::make_unique<SandboxHandle>(self));
        });
  }

  // The process died. Its sandboxes live on; who waits for one is told.
  void OnGone() {
    ready_ = false;
    pid_ = 0;
    asio::error_code ignored;
    control_.close(ignored);
    auto pending = std::exchange(pending_, {});
    for (auto& [id, spawn] : pending)
      spawn.done(absl::UnavailableError("the image's zygote died and is being restarted"));
    if (!stopped_) RelaunchSoon();
  }

  void RelaunchSoon() {
    relaunch_timer_.expires_after(relaunch_delay_);
    relaunch_delay_ = std::min(2 * relaunch_delay_, kMaxRelaunchDelay);
    loop_->Wait(&relaunch_timer_, [self = shared_from_this()](auto error) {
      if (error || self->stopped_) return;
      absl::StatusOr<LaunchedZygote> launched = self->launcher_->Launch(self->spec_);
      if (!launched.ok()) return self->RelaunchSoon();
      self->Adopt(*std::move(launched));
      self->WaitReadable();
    });
  }

  EventLoop* const loop_;
  asio::thread_pool* const pool_;
  Launcher* const launcher_;
  const ZygoteSpec spec_;
  asio::posix::stream_descriptor control_;
  asio::steady_timer relaunch_timer_;
  std::chrono::milliseconds relaunch_delay_ = kFirstRelaunchDelay;
  std::string python_version_;
  int pid_ = 0;
  bool ready_ = false;
  bool stopped_ = false;
  uint64_t next_spawn_ = 1;
  std::map<uint64_t, PendingSpawn> pending_;
};

// The owner's handle; the implementation lives until its last wait has ended.
class ZygoteHandle : public Zygote {
 public:
  explicit ZygoteHandle(std::shared_ptr<ZygoteImpl> impl) : impl_(std::move(impl)) {}
  ~ZygoteHandle() override { impl_->Stop(); }
  void Spawn(SpawnOptions options, SpawnDone done) override {
    impl_->Spawn(std::move(options), std::move(done));
  }
  const std::string& python_version() const override { return impl_->python_version(); }
  int pid() const override { return impl_->pid(); }

 private:
  const std::shared_ptr<ZygoteImpl> impl_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Zygote>> Zygote::Start(EventLoop* loop, asio::thread_pool* pool,
                                                      Launcher* launcher, ZygoteSpec spec) {
  auto impl = std::make_shared<ZygoteImpl>(loop, pool, launcher, std::move(spec));
  absl::Status started = impl->StartFirst();
  if (!started.ok()) return started;
  return std::make_unique<ZygoteHandle>(std::move(impl));
}

}  // namespace carrel
