// Assigns each session a user id that no other session has.
#ifndef CARREL_SANDBOX_PROCESSES_UID_POOL_H_
#define CARREL_SANDBOX_PROCESSES_UID_POOL_H_

#include <cstdint>
#include <deque>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace carrel {

// A pool of user ids, which is not thread-safe. A released id is reused last, and the caller
// releases it only after it has verified that no process and no file of it is left.
class UidPool {
 public:
  UidPool(uint32_t first, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) free_.push_back(first + i);
  }

  // Returns RESOURCE_EXHAUSTED if all ids are taken.
  absl::StatusOr<uint32_t> Acquire() {
    if (free_.empty()) return absl::ResourceExhaustedError("no user id is free for a session");
    uint32_t uid = free_.front();
    free_.pop_front();
    return uid;
  }

  void Release(uint32_t uid) { free_.push_back(uid); }

 private:
  std::deque<uint32_t> free_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_UID_POOL_H_
