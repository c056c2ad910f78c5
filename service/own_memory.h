// Memory that carreld uses for itself, and how it is returned to the kernel.
#ifndef CARREL_SERVICE_OWN_MEMORY_H_
#define CARREL_SERVICE_OWN_MEMORY_H_

#include <asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <functional>

#include "absl/types/optional.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/lazy_timer.h"

namespace carrel {

// Returns the default size in bytes of the histories of all sessions together: a sixteenth of the
// memory of the machine or its container, 64 MiB to 1 GiB.
int64_t HistoryShare();

// Returns freed memory to the kernel, which the C library does for the ends of its arenas only. It
// periodically samples how much more memory the process has than is known to be in use. If that has
// grown by much, all free memory is returned, on the pool. The same is done at longer intervals
// while it is well above its minimum, since sessions hold memory, too, and end.
class FreedMemory {
 public:
  // `kept` returns the number of bytes that are in use; it is called on the loop.
  FreedMemory(EventLoop* loop, asio::thread_pool* pool, std::function<int64_t()> kept);

  // Starts to sample. Call it on the loop.
  void Start();

 private:
  void Sample();
  // Returns the private bytes of the process beyond `kept`. Runs on the pool.
  int64_t Measure(int64_t kept);

  EventLoop* const loop_;
  asio::thread_pool* const pool_;
  const std::function<int64_t()> kept_;
  // The last sample, or the least since memory was returned. Used only by the pool's one task.
  absl::optional<int64_t> usual_;
  // The least sample ever, and the number of samples since memory was last returned. Used only by
  // the same task.
  absl::optional<int64_t> least_;
  int samples_ = 0;
  LazyTimer next_sample_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_OWN_MEMORY_H_
