// Executions remembered in memory until the server ends.
#ifndef CARREL_SERVICE_EXECUTION_MEMORY_HISTORY_H_
#define CARREL_SERVICE_EXECUTION_MEMORY_HISTORY_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "service/execution/history.h"

namespace carrel {

class MemoryHistory : public ExecutionStore {
 public:
  // Each session has at most `max_count` records, with events of at most `max_bytes` together. The
  // records of all sessions take at most `max_memory` bytes of memory; the session with the largest
  // history loses its oldest records first. The newest record of all is always kept.
  MemoryHistory(int max_count, int64_t max_bytes,
                int64_t max_memory = std::numeric_limits<int64_t>::max())
      : max_count_(max_count), max_bytes_(max_bytes), max_memory_(max_memory) {}

  std::vector<ExecutionRecord> Put(const std::string& session, ExecutionRecord record) override;
  const ExecutionRecord* Get(const std::string& session, const std::string& id) const override;
  std::vector<const ExecutionRecord*> List(const std::string& session, int64_t after,
                                           int limit) const override;
  void DeleteSession(const std::string& session) override;
  // Returns the bytes of memory of all records, including forgotten ones that are still being read.
  int64_t CountMemory();

 private:
  using Records = absl::btree_map<int64_t, ExecutionRecord>;
  struct SessionHistory {
    Records records;  // By ordinal.
    absl::flat_hash_map<std::string, int64_t> ordinals;
    int64_t bytes = 0;
    int64_t memory = 0;
  };
  // A log that was forgotten, which streams that are slow or stalled may still hold.
  struct Lingering {
    std::weak_ptr<EventLog> log;
    int64_t memory = 0;
  };

  // The value of CountMemory, including logs that have been released since.
  int64_t memory() const { return memory_ + lingering_bytes_; }
  // Removes a record; returns it and sets `record` to the next one.
  ExecutionRecord Take(SessionHistory* history, Records::iterator* record);
  void Linger(const ExecutionRecord& record);
  // Drops logs that nothing reads any more and, while memory exceeds the limit, abandons those that
  // are read.
  void ForgetLingering();
  // Forgets records other than `newest` while memory exceeds the limit.
  void MakeRoom(const EventLog* newest, std::vector<ExecutionRecord>* forgotten);

  const int max_count_;
  const int64_t max_bytes_;
  const int64_t max_memory_;
  int64_t memory_ = 0;  // Sum over all records.
  std::vector<Lingering> lingering_;
  int64_t lingering_bytes_ = 0;
  absl::flat_hash_map<std::string, SessionHistory> sessions_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_MEMORY_HISTORY_H_
