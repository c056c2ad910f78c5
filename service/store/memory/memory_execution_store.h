// Executions remembered in memory until the server ends.
#ifndef CARREL_SERVICE_STORE_MEMORY_MEMORY_EXECUTION_STORE_H_
#define CARREL_SERVICE_STORE_MEMORY_MEMORY_EXECUTION_STORE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "service/store/execution_store.h"

namespace carrel {

// Lives on the loop's thread. Calls back before the call returns, and never with an error but
// NOT_FOUND.
class MemoryExecutionStore : public ExecutionStore {
 public:
  // Each session has at most `max_count` executions, with events of at most `max_bytes` together.
  // The executions of all sessions take at most `max_memory` bytes of memory; the session with the
  // largest history loses its oldest executions first. The newest execution of all is always kept.
  MemoryExecutionStore(int max_count, int64_t max_bytes,
                       int64_t max_memory = std::numeric_limits<int64_t>::max())
      : max_count_(max_count), max_bytes_(max_bytes), max_memory_(max_memory) {}

  void Put(const std::string& session, StoredExecution execution, PutDone done) override;
  void Get(const std::string& session, const std::string& id, GetDone done) override;
  void List(const std::string& session, int64_t after, int limit, ListDone done) override;
  void DeleteSession(const std::string& session, DeleteDone done) override;
  // Returns the bytes of memory of all executions, including forgotten ones that are still being
  // read.
  int64_t CountMemory();

 private:
  struct ByOrdinal {
    using is_transparent = void;
    static int64_t OrdinalOf(const StoredExecution& execution) { return execution.ordinal(); }
    static int64_t OrdinalOf(int64_t ordinal) { return ordinal; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return OrdinalOf(a) < OrdinalOf(b);
    }
  };
  static absl::string_view IdOf(const StoredExecution& execution) { return execution.id(); }
  static absl::string_view IdOf(absl::string_view id) { return id; }
  struct HashOfId {
    using is_transparent = void;
    template <typename T>
    size_t operator()(const T& value) const {
      return absl::HashOf(IdOf(value));
    }
  };
  struct SameId {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return IdOf(a) == IdOf(b);
    }
  };
  using Executions = absl::btree_set<StoredExecution, ByOrdinal>;
  struct SessionHistory {
    Executions executions;
    absl::flat_hash_set<StoredExecution, HashOfId, SameId> by_id;
    int64_t bytes = 0;
    int64_t memory = 0;
  };
  using Histories = absl::flat_hash_map<std::string, SessionHistory>;
  // An execution that was forgotten, which streams that are slow or stalled may still hold.
  struct Lingering {
    StoredExecution::Weak execution;
    int64_t memory = 0;
  };

  // The value of CountMemory, including executions that have been released since.
  int64_t memory() const { return memory_ + lingering_bytes_; }
  // Forgets an execution and sets `execution` to the next one.
  ForgottenExecution Forget(Histories::value_type* history, Executions::iterator* execution);
  // Counts an execution that is being forgotten, and that this store has no other copy of, if it is
  // still being read.
  void Linger(const StoredExecution& execution);
  // Drops executions that nothing reads any more and, while memory exceeds the limit, abandons
  // those that are read.
  void ForgetLingering();
  // Forgets executions other than `newest`, of that session, while memory exceeds the limit.
  void MakeRoom(const std::string& session, int64_t newest,
                std::vector<ForgottenExecution>* forgotten);

  const int max_count_;
  const int64_t max_bytes_;
  const int64_t max_memory_;
  int64_t memory_ = 0;  // Sum over all executions.
  std::vector<Lingering> lingering_;
  int64_t lingering_bytes_ = 0;
  Histories sessions_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_STORE_MEMORY_MEMORY_EXECUTION_STORE_H_
