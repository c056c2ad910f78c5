// A session as the self-test needs it: its own thread blocks, the loop works.
#ifndef CARREL_SANDBOX_SELF_TEST_SELF_TEST_SESSION_H_
#define CARREL_SANDBOX_SELF_TEST_SELF_TEST_SESSION_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/zygote.h"

namespace carrel {

// All methods block; not on the loop's thread.
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

  // Kills if neither the end of the cell nor that of `timeout` comes: what is tested may be
  // what should have stopped it.
  Result Run(const std::string& code, absl::Duration timeout,
             absl::Duration cpu_time = absl::InfiniteDuration());
  // Returns when no process is left.
  void Kill();
  // Of its first process, in the host's namespace.
  pid_t pid() const { return sandbox_->pid(); }
  // To be touched on the loop only.
  Sandbox* sandbox() { return sandbox_.get(); }

 private:
  SelfTestSession(EventLoop* loop, std::unique_ptr<Sandbox> sandbox)
      : loop_(loop), sandbox_(std::move(sandbox)) {}

  EventLoop* const loop_;
  std::unique_ptr<Sandbox> sandbox_;  // Touched on the loop only.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_SELF_TEST_SELF_TEST_SESSION_H_
