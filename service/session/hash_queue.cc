#include "service/session/hash_queue.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "absl/status/status.h"

namespace carrel {
namespace {

constexpr int64_t kPieceBytes = 1 << 20;
constexpr int kLowestPriority = 19;

void YieldToAllOthers() {
  thread_local const int done =
      setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kLowestPriority);
  static_cast<void>(done);
}

}  // namespace

struct HashQueue::Job {
  ReadHandle file;
  FileHash hash;
  std::function<bool()> go_on;
  Done done;
};

void HashQueue::Hash(ReadHandle file, int64_t max_bytes, std::function<bool()> go_on, Done done) {
  Work(std::make_unique<Job>(
      Job{std::move(file), FileHash(max_bytes), std::move(go_on), std::move(done)}));
}

void HashQueue::Work(std::unique_ptr<Job> job) {
  asio::post(threads_, [this, job = std::move(job)]() mutable {
    YieldToAllOthers();
    if (!job->go_on()) return job->done(absl::CancelledError("nobody waits for it"));
    absl::optional<absl::StatusOr<std::string>> digest = job->hash.Step(job->file, kPieceBytes);
    if (digest.has_value()) return job->done(*std::move(digest));
    Work(std::move(job));
  });
}

bool HashBudget::Spend(int64_t bytes, Clock::time_point now) {
  const std::chrono::duration<double> passed = now - filled_;
  filled_ = now;
  const double filled = static_cast<double>(left_) + passed.count() * kBytesPerSecond;
  left_ = static_cast<int64_t>(std::min(filled, static_cast<double>(kMaxBytes)));
  if (bytes > left_) return false;
  left_ -= bytes;
  return true;
}

}  // namespace carrel
