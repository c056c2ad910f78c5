// The host's endpoint of one zygote process: its control socket and the pending spawn requests.
// Which process of an image gets a request is decided in zygote.cc.
#ifndef CARREL_SANDBOX_SPAWN_ZYGOTE_CONNECTION_H_
#define CARREL_SANDBOX_SPAWN_ZYGOTE_CONNECTION_H_

#include <asio/posix/stream_descriptor.hpp>
#include <asio/thread_pool.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "carrel/internal/frames.pb.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/host/interpreter_process.h"
#include "sandbox/interpreter.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/posix/unique_fd.h"
#include "sandbox/processes/sampling_threads.h"
#include "sandbox/spawn/zygote.h"

namespace carrel {

// Lives on the loop's thread, until the process is gone or the link is closed.
class ZygoteConnection : public std::enable_shared_from_this<ZygoteConnection> {
 public:
  using SpawnDone = absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<Interpreter>>)>;

  // `pid` may be 0: then it becomes known when the process is ready.
  ZygoteConnection(EventLoop* loop, asio::thread_pool* pool, SamplingThreads* samplers,
                   IsolationMode isolation_mode, UniqueFd control, int pid);

  // Blocks until the process reports that it is ready; returns its Python version. Call it before
  // the loop has work.
  absl::StatusOr<std::string> AwaitReady(int timeout_ms);

  // Starts to read. `changed` is called when the process has become ready, and when it is gone; in
  // the latter case before the callbacks of unanswered spawns.
  void Watch(absl::AnyInvocable<void(ZygoteConnection*)> changed);

  // See Zygote::Spawn. `cgroup` is the session's cgroup, or null. If the request cannot be sent,
  // `done` is left alone.
  absl::Status Spawn(const SpawnOptions& options, std::unique_ptr<SessionCgroup> cgroup,
                     SpawnDone* done);
  // Requests a copy of the process. Returns the link to it, which becomes gone if no copy could be
  // made.
  absl::StatusOr<std::shared_ptr<ZygoteConnection>> MakeSpare();

  // Lets the process end once it has answered its pending requests.
  void Finish();
  // Closes the control socket without waiting for the process.
  void Close();

  bool ready() const { return state_ == State::kReady; }
  bool gone() const { return state_ == State::kGone; }
  int pid() const { return pid_; }

 private:
  enum class State { kStarting, kReady, kGone };
  // A spawn that is not answered yet.
  struct PendingSpawn {
    InterpreterEndpoints endpoints;
    SandboxLimits limits;
    absl::Duration grace;
    SpawnDone done;
  };

  void WaitReadable();
  void OnReadable();
  void OnSpawned(const internal::SpawnReply& reply, std::vector<UniqueFd> fds);
  void OnGone();

  EventLoop* const loop_;
  asio::thread_pool* const pool_;
  SamplingThreads* const samplers_;
  const IsolationMode isolation_mode_;
  asio::posix::stream_descriptor control_;
  State state_ = State::kStarting;
  int pid_;
  absl::AnyInvocable<void(ZygoteConnection*)> changed_;
  uint64_t next_spawn_ = 1;
  std::map<uint64_t, PendingSpawn> pending_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_SPAWN_ZYGOTE_CONNECTION_H_
