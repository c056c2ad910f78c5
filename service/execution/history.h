// The executions that a session remembers. The interface is narrow so that they
// can be kept elsewhere than in memory.
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

// A finished execution. What became of it is in its log's last event, and nowhere else.
struct ExecutionRecord {
  std::string id;
  int64_t ordinal = 0;                  // From 1, in the order in which a session accepted them.
  std::function<void()> forget_images;  // Null if it has none. For who gets it from Put.
  std::shared_ptr<EventLog> log;        // Closed.
};

// Lives on the loop's thread.
class ExecutionStore {
 public:
  virtual ~ExecutionStore() = default;

  // Remembers a record. Returns those that it forgot for it: the oldest go when there
  // are too many, or too large ones. They may be those of other sessions.
  virtual std::vector<ExecutionRecord> Put(const std::string& session, ExecutionRecord record) = 0;
  // Null if there is none. Valid until the next call.
  virtual const ExecutionRecord* Get(const std::string& session, const std::string& id) const = 0;
  // Up to `limit` records with an ordinal above `after`, by ordinal. Valid until
  // the next call.
  virtual std::vector<const ExecutionRecord*> List(const std::string& session, int64_t after,
                                                   int limit) const = 0;
  // Forgets all of a session.
  virtual void DeleteSession(const std::string& session) = 0;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_HISTORY_H_
