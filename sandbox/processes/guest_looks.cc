#include "sandbox/processes/guest_looks.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace carrel {
namespace {

// These threads are as nice as guests are (child/priority.cc).
constexpr int kNice = 10;

// After each look a thread rests for so many times the CPU time that it took: all of them together
// use no more than half a CPU, however many sessions are to be looked at.
constexpr int kRest = 2 * GuestLooks::kThreads - 1;
// But nobody waits for long for a thread.
constexpr absl::Duration kLongestRest = absl::Seconds(1);

absl::Duration CpuTimeOfThisThread() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

// A thread may always let others go first.
void LetOthersGoFirst() {
  static thread_local const int done =
      setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNice);
  (void)done;
}

}  // namespace

GuestLooks::GuestLooks() : threads_(kThreads) {}

GuestLooks::~GuestLooks() { threads_.join(); }

void GuestLooks::Post(absl::AnyInvocable<void()> look) {
  asio::post(threads_, [look = std::move(look)]() mutable {
    LetOthersGoFirst();
    const absl::Duration begin = CpuTimeOfThisThread();
    look();
    absl::SleepFor(std::min(kRest * (CpuTimeOfThisThread() - begin), kLongestRest));
  });
}

}  // namespace carrel
