#include "sandbox/processes/sampling_threads.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "sandbox/posix/thread_cpu_time.h"

namespace carrel {
namespace {

// The niceness of guests (child/confine/priority.cc).
constexpr int kNice = 10;

// The pause of a thread after each sample, as a multiple of the CPU time that the sample took: all
// threads together use half a CPU at most, however many sessions there are, unless a sample takes
// so long that kLongestRest cuts its pause short.
constexpr int kRest = 2 * SamplingThreads::kThreads - 1;
// The longest pause: other sessions do not wait longer than this for the thread of an expensive
// sample.
constexpr absl::Duration kLongestRest = absl::Seconds(1);

// Lowers this thread's priority, which is always permitted.
void LetOthersGoFirst() {
  static thread_local const int done =
      setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNice);
  (void)done;
}

}  // namespace

SamplingThreads::SamplingThreads() : threads_(kThreads) {}

SamplingThreads::~SamplingThreads() { threads_.join(); }

void SamplingThreads::Post(absl::AnyInvocable<void()> sample) {
  asio::post(threads_, [sample = std::move(sample)]() mutable {
    LetOthersGoFirst();
    const absl::Duration begin = ThreadCpuTime();
    sample();
    absl::SleepFor(std::min(kRest * (ThreadCpuTime() - begin), kLongestRest));
  });
}

}  // namespace carrel
