// Threads that sample the processes of guests.
#ifndef CARREL_SANDBOX_PROCESSES_SAMPLING_THREADS_H_
#define CARREL_SANDBOX_PROCESSES_SAMPLING_THREADS_H_

#include <asio/thread_pool.hpp>

#include "absl/functional/any_invocable.h"

namespace carrel {

// Sampling a process can wait for a lock that its guest holds, and takes longer the more processes
// the guest has. So it happens neither on the loop nor on the pool that serves files, but on these
// threads, which have a lower priority than all others of carreld. A session has one sample under
// way at a time, and a pause before the next, and each thread pauses after a sample: so a few
// threads serve many sessions, and use half a CPU, or little more.
//
// Thread-safe.
class SamplingThreads {
 public:
  static constexpr int kThreads = 4;

  SamplingThreads();
  // Blocks until all samples that were posted have been taken.
  ~SamplingThreads();

  // Calls `sample` on one of the threads.
  void Post(absl::AnyInvocable<void()> sample);

 private:
  asio::thread_pool threads_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_SAMPLING_THREADS_H_
