// Where files are hashed that take long: in nobody's way.
#ifndef CARREL_SERVICE_SESSION_HASH_QUEUE_H_
#define CARREL_SERVICE_SESSION_HASH_QUEUE_H_

#include <asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "sandbox/workspace/hash_file.h"

namespace carrel {

// Two threads of the lowest priority. They take turns after each mebibyte, so that no file waits
// for all of another one. Thread-safe.
class HashQueue {
 public:
  // Larger ones belong here; smaller ones are hashed sooner than another thread wakes.
  static constexpr int64_t kSmallBytes = 1 << 20;

  using Done = std::function<void(absl::StatusOr<std::string>)>;

  HashQueue() : threads_(2) {}
  ~HashQueue() { threads_.join(); }
  HashQueue(const HashQueue&) = delete;
  HashQueue& operator=(const HashQueue&) = delete;

  // See FileHash. Calls `done` on one of the threads. Gives up, by Cancelled, when `go_on` says
  // so; it is called before each piece.
  void Hash(ReadHandle file, int64_t max_bytes, std::function<bool()> go_on, Done done);

 private:
  struct Job;
  void Work(std::unique_ptr<Job> job);

  asio::thread_pool threads_;
};

// How much one session may have hashed: so much at once, and so much in a second in the long run.
// One thread at a time.
class HashBudget {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr int64_t kMaxBytes = int64_t{256} << 20;
  static constexpr int64_t kBytesPerSecond = int64_t{32} << 20;

  // True if there was as much, and now it is spent.
  bool Spend(int64_t bytes, Clock::time_point now);

 private:
  int64_t left_ = kMaxBytes;
  Clock::time_point filled_ = Clock::now();
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_HASH_QUEUE_H_
