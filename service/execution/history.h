// The executions that a session remembers. SessionExecutions::Finish puts them here, and main makes
// the store. To keep them elsewhere than in memory, ExecutionRecord must first lose its live log
// and its closure, and Get and List must become asynchronous.
#ifndef CARREL_SERVICE_EXECUTION_HISTORY_H_
#define CARREL_SERVICE_EXECUTION_HISTORY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "service/execution/event_log.h"

namespace carrel {

// A finished execution. Its result is only in its log's last event.
struct ExecutionRecord {
  std::string id;
  int64_t ordinal = 0;  // From 1, in the order of acceptance.
  // Deletes its images; null if it has none. To be called by the caller of Put.
  std::function<void()> forget_images;
  std::shared_ptr<EventLog> log;  // Closed.
};

// Lives on the loop's thread.
class ExecutionStore {
 public:
  virtual ~ExecutionStore() = default;

  // Adds a record. Returns the records that it forgot to make room: the oldest go when there are
  // too many, or too large ones. They may be those of other sessions.
  virtual std::vector<ExecutionRecord> Put(const std::string& session, ExecutionRecord record) = 0;
  // Returns null if there is none. Valid until the next call.
  virtual const ExecutionRecord* Get(const std::string& session, const std::string& id) const = 0;
  // Returns up to `limit` records with an ordinal above `after`, by ordinal. Valid until the next
  // call.
  virtual std::vector<const ExecutionRecord*> List(const std::string& session, int64_t after,
                                                   int limit) const = 0;
  // Forgets all records of a session.
  virtual void DeleteSession(const std::string& session) = 0;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_HISTORY_H_
