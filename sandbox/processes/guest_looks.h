// Threads of their own for looks at the processes of guests.
#ifndef CARREL_SANDBOX_PROCESSES_GUEST_LOOKS_H_
#define CARREL_SANDBOX_PROCESSES_GUEST_LOOKS_H_

#include <asio/thread_pool.hpp>

#include "absl/functional/any_invocable.h"

namespace carrel {

// A look at a process can wait for a lock that its guest holds, and takes longer the more
// processes the guest has. So neither the loop nor the pool that serves files makes one: these
// threads do, which let all others of carreld go first. A session has one look at a time made, and
// rests before the next, and so does each thread: a few of them do for many sessions, and use no
// more than half a CPU.
//
// Thread safe.
class GuestLooks {
 public:
  static constexpr int kThreads = 4;

  GuestLooks();
  // Ends when all looks that were posted have been made.
  ~GuestLooks();

  // Has one of the threads call `look`.
  void Post(absl::AnyInvocable<void()> look);

 private:
  asio::thread_pool threads_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_GUEST_LOOKS_H_
