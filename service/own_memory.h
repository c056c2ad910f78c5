// What carreld takes of the machine's memory for itself, and gives back.
#ifndef CARREL_SERVICE_OWN_MEMORY_H_
#define CARREL_SERVICE_OWN_MEMORY_H_

#include <asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <functional>

#include "absl/types/optional.h"
#include "sandbox/loop/deadline.h"
#include "sandbox/loop/event_loop.h"

namespace carrel {

// For the histories of all sessions together, unless the configuration says how much: a
// sixteenth of what the machine or its container has, 64 MiB to 1 GiB.
int64_t HistoryShare();

// Gives memory that was freed back to the kernel, which the C library does for the ends of its
// arenas only: now and then it is looked how much more the process has than is known to be kept.
// If that has grown by much, all that is free is given back, on the pool; and now and then as long
// as it is much more than it was once, since sessions hold memory, too, and end.
class FreedMemory {
 public:
  // `kept` tells how much is; it is asked on the loop.
  FreedMemory(EventLoop* loop, asio::thread_pool* pool, std::function<int64_t()> kept);

  // On the loop.
  void Start();

 private:
  void Look();
  // On the pool; returns what is had beyond what is kept, then.
  int64_t Measure(int64_t kept);

  EventLoop* const loop_;
  asio::thread_pool* const pool_;
  const std::function<int64_t()> kept_;
  // At the last look, or the least since memory was given back. Of the pool's one task.
  absl::optional<int64_t> usual_;
  // The least that was ever had, and how many looks gave nothing back. Of the same task.
  absl::optional<int64_t> least_;
  int looks_ = 0;
  Deadline next_look_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_OWN_MEMORY_H_
