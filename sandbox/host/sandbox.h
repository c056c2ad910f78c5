// The processes of a session as a whole: their supervisor, and their end.
#ifndef CARREL_SANDBOX_HOST_SANDBOX_H_
#define CARREL_SANDBOX_HOST_SANDBOX_H_

#include <asio/posix/stream_descriptor.hpp>
#include <asio/thread_pool.hpp>
#include <cstdint>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/types/optional.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/ipc/supervisor_message.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/lazy_timer.h"
#include "sandbox/posix/unique_fd.h"
#include "sandbox/processes/process_identity.h"
#include "sandbox/spawn/isolation_mode.h"

namespace carrel {

// The host's endpoints of a session's supervisor, which is the first of its processes and the last
// to end.
struct SupervisorEndpoints {
  UniqueFd socket;
  UniqueFd pidfd;  // Readable when no process of the session is left.
  int pid = 0;
  IsolationMode isolation_mode = IsolationMode::kNative;
  uint32_t uid = 0;                       // The user id of the session's processes.
  std::unique_ptr<SessionCgroup> cgroup;  // Null if there is none.
};

// Lives on the loop.
class Sandbox {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    // Keeps the listener and its sandbox alive as long as the result lives.
    virtual std::shared_ptr<void> KeepAlive() = 0;
    virtual void OnSupervisorMessage(const SupervisorMessage& message) = 0;
    // No process of the session is left. Called once.
    virtual void OnProcessesGone() = 0;
  };

  // `listener` owns this object.
  Sandbox(EventLoop* loop, asio::thread_pool* pool, SupervisorEndpoints endpoints,
          Listener* listener);

  // Starts to wait for messages and for the end of the processes.
  void Start();
  // Gives back the descriptor by which the end was awaited, since the session may live long. From
  // then on the end of the supervisor's socket announces that of the processes.
  void OnStarted();
  // Stops waiting. No callback follows.
  void Close();

  // Handles the messages that are there now; the supervisor goes on reporting refused calls for as
  // long as a guest makes them.
  void ReadMessages();
  // Asks the supervisor for a SIGINT to the interpreter's process group. Returns true if it will
  // report that the signal was sent.
  bool SendInterrupt();
  // Asks the kernel, or the supervisor, to end every process of the session, until they are gone.
  void Kill();
  // Removes the session's cgroup, once no process is left; `done` gets what the kernel has counted
  // there, or nullopt if there was no cgroup.
  void RemoveCgroup(absl::AnyInvocable<void(absl::optional<CgroupEnding>)> done);

  // The supervisor's pid.
  int pid() const { return pid_; }
  int socket() { return socket_.native_handle(); }

 private:
  using Descriptor = asio::posix::stream_descriptor;

  void AwaitMessages();
  void OnReadable();
  // Waits for the end of the supervisor, and with it of all processes of the session.
  void AwaitEnd();
  void AwaitPidfd();
  void OnAwaitAgain();
  void OnGone();

  EventLoop* const loop_;
  asio::thread_pool* const pool_;
  Listener* const listener_;
  const int pid_;
  const IsolationMode isolation_mode_;
  Descriptor socket_;
  // Open until the interpreter is ready, and again when the session is ending. In between, which
  // may be long, identity_ replaces it.
  Descriptor pidfd_;
  absl::optional<ProcessIdentity> identity_;
  std::unique_ptr<SessionCgroup> cgroup_;
  LazyTimer await_again_, kill_again_;
  bool closed_ = false;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_HOST_SANDBOX_H_
