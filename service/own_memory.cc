#include "service/own_memory.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "sandbox/cgroup/cgroup_place.h"
#include "sandbox/posix/small_file.h"

namespace carrel {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
// Amount of free memory that is worth returning: doing so locks each arena for some 0.1 ms per MiB,
// and using the memory again costs a page fault per 4 KiB.
constexpr int64_t kWorthIt = 32 * kMiB;
// The same once in a while, so that no session makes carreld hold more for long.
constexpr int64_t kWorthItAtTimes = 4 * kMiB;
constexpr auto kInterval = std::chrono::seconds(2);
// Number of samples after which free memory is returned even if it is no more than usual: memory
// that was in use when that was last done may have been freed since.
constexpr int kSamplesBetween = 15;
// The pool's thread rests this many times as long as a sample took.
constexpr int kRest = 20;

// Returns the private memory of this process; 0 if it cannot be determined.
int64_t PrivateBytes() {
  absl::StatusOr<std::string> statm = ReadSmallFile("/proc/self/statm");
  if (!statm.ok()) return 0;
  const std::vector<std::string> words = absl::StrSplit(*statm, ' ');
  int64_t resident = 0, shared = 0;
  if (words.size() < 3 || !absl::SimpleAtoi(words[1], &resident) ||
      !absl::SimpleAtoi(words[2], &shared))
    return 0;
  return (resident - shared) * sysconf(_SC_PAGESIZE);
}

}  // namespace

int64_t HistoryShare() {
  int64_t memory = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
  absl::StatusOr<std::string> cgroup = ReadSmallFile("/proc/self/cgroup");
  absl::StatusOr<std::string> mounts = ReadSmallFile("/proc/self/mountinfo");
  if (cgroup.ok() && mounts.ok()) {
    absl::StatusOr<CgroupPlace> place = FindCgroupPlace(*cgroup, *mounts);
    if (place.ok()) memory = LeastOf(*place, "memory.max", memory);
  }
  return std::clamp(memory / 16, 64 * kMiB, 1024 * kMiB);
}

FreedMemory::FreedMemory(EventLoop* loop, asio::thread_pool* pool, std::function<int64_t()> kept)
    : loop_(loop), pool_(pool), kept_(std::move(kept)), next_sample_(loop, [this] { Sample(); }) {}

void FreedMemory::Start() { Sample(); }

void FreedMemory::Sample() {
  asio::post(*pool_, [this, kept = kept_()] {
    const auto start = std::chrono::steady_clock::now();
    const int64_t beyond = Measure(kept);
    if (!least_.has_value()) least_ = beyond;
    const bool is_due = ++samples_ >= kSamplesBetween && beyond > *least_ + kWorthItAtTimes;
    if (is_due || (usual_.has_value() && beyond > *usual_ + kWorthIt)) {
      malloc_trim(0);
      samples_ = 0;
      usual_ = Measure(kept);
      least_ = std::min(*least_, *usual_);
    } else {
      usual_ = std::min(usual_.value_or(beyond), beyond);
    }
    const auto rest = kRest * (std::chrono::steady_clock::now() - start);
    loop_->Post([this, rest] {
      next_sample_.SetAfter(std::max<std::chrono::steady_clock::duration>(kInterval, rest));
    });
  });
}

int64_t FreedMemory::Measure(int64_t kept) { return PrivateBytes() - kept; }

}  // namespace carrel
