// The CPU time of a thread.
#ifndef CARREL_SANDBOX_POSIX_THREAD_CPU_TIME_H_
#define CARREL_SANDBOX_POSIX_THREAD_CPU_TIME_H_

#include <time.h>

#include "absl/time/time.h"

namespace carrel {

// The CPU time of the calling thread since it was started. Makes a system call.
inline absl::Duration ThreadCpuTime() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

}  // namespace carrel

#endif  // CARREL_SANDBOX_POSIX_THREAD_CPU_TIME_H_
