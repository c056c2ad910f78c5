// A blocking interface to a session: the caller's thread waits while the loop works.
#ifndef CARREL_SANDBOX_SELF_TEST_SELF_TEST_SESSION_H_
#define CARREL_SANDBOX_SELF_TEST_SELF_TEST_SESSION_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/spawn/zygote.h"

namespace carrel {

// All methods block and must not be called on the loop's thread, except pid and sandbox.
class SelfTestSession {
 public:
  struct Result {
    Outcome outcome;
    std::string output;  // stdout, at most 1 MiB.
    std::string error;   // The exception or the death, in words.
  };

  static absl::StatusOr<std::unique_ptr<SelfTestSession>> Open(EventLoop* loop, Zygote* zygote,
                                                               SpawnOptions options);
  ~SelfTestSession();

  // Runs a cell; kills the interpreter if the cell ends neither by itself nor by `timeout`, since
  // the mechanism that should have stopped it may be the one under test.
  Result Run(const std::string& code, absl::Duration timeout,
             absl::Duration cpu_time = absl::InfiniteDuration());
  // Kills the session; returns when no process is left.
  void Kill();
  // Returns the pid of its first process, in the host's pid namespace.
  pid_t pid() const { return sandbox_->pid(); }
  // Returns the sandbox, which may be used on the loop only.
  Interpreter* sandbox() { return sandbox_.get(); }

 private:
  SelfTestSession(EventLoop* loop, std::unique_ptr<Interpreter> sandbox)
      : loop_(loop), sandbox_(std::move(sandbox)) {}

  EventLoop* const loop_;
  std::unique_ptr<Interpreter> sandbox_;  // Used on the loop only.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_SELF_TEST_SELF_TEST_SESSION_H_
