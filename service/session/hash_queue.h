// Hashes large files in the background.
#ifndef CARREL_SERVICE_SESSION_HASH_QUEUE_H_
#define CARREL_SERVICE_SESSION_HASH_QUEUE_H_

#include <asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "sandbox/files/hash_file.h"

namespace carrel {

// Two threads of the lowest priority. Files alternate after each mebibyte, so that no file waits
// for the whole of another one. Thread-safe.
class HashQueue {
 public:
  // Larger files are hashed here; hashing a smaller one takes less time than waking another thread.
  static constexpr int64_t kSmallBytes = 1 << 20;

  using Done = std::function<void(absl::StatusOr<std::string>)>;

  HashQueue() : threads_(2) {}
  ~HashQueue() { threads_.join(); }
  HashQueue(const HashQueue&) = delete;
  HashQueue& operator=(const HashQueue&) = delete;

  // Hashes a file; see FileHash. Calls `done` on one of the threads. `go_on` is called before each
  // piece; if it returns false, `done` gets Cancelled.
  void Hash(ReadHandle file, int64_t max_bytes, std::function<bool()> go_on, Done done);

 private:
  struct Job;
  void Work(std::unique_ptr<Job> job);

  asio::thread_pool threads_;
};

// The number of bytes that one session may have hashed: kMaxBytes at once, and kBytesPerSecond in
// the long run. One thread at a time.
class HashBudget {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr int64_t kMaxBytes = int64_t{256} << 20;
  static constexpr int64_t kBytesPerSecond = int64_t{32} << 20;

  // Returns true if the budget covers `bytes`, and deducts them.
  bool Spend(int64_t bytes, Clock::time_point now);

 private:
  int64_t left_ = kMaxBytes;
  Clock::time_point filled_ = Clock::now();
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_HASH_QUEUE_H_
