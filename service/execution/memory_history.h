// Executions remembered in memory: until the server ends.
#ifndef CARREL_SERVICE_EXECUTION_MEMORY_HISTORY_H_
#define CARREL_SERVICE_EXECUTION_MEMORY_HISTORY_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "service/execution/history.h"

namespace carrel {

class MemoryHistory : public ExecutionStore {
 public:
  // Per session: at most `max_count` records, with events of at most `max_bytes`
  // together. The newest is always kept.
  MemoryHistory(int max_count, int64_t max_bytes) : max_count_(max_count), max_bytes_(max_bytes) {}

  std::vector<ExecutionRecord> Put(const std::string& session, ExecutionRecord record) override;
  const ExecutionRecord* Get(const std::string& session, const std::string& id) const override;
  std::vector<const ExecutionRecord*> List(const std::string& session, int64_t after,
                                           int limit) const override;
  void DeleteSession(const std::string& session) override;

 private:
  struct SessionHistory {
    absl::btree_map<int64_t, ExecutionRecord> records;  // By ordinal.
    absl::flat_hash_map<std::string, int64_t> ordinals;
    int64_t bytes = 0;
  };

  const int max_count_;
  const int64_t max_bytes_;
  absl::flat_hash_map<std::string, SessionHistory> sessions_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_MEMORY_HISTORY_H_
