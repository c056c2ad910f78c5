// Execute and WatchExecution.
#ifndef CARREL_SERVICE_RPC_RPC_EXECUTE_H_
#define CARREL_SERVICE_RPC_RPC_EXECUTE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "service/rpc/event_stream.h"
#include "service/session/session_table.h"

namespace carrel {

// Called on gRPC's threads. Execute submits a cell and watches it from the first event.
class ExecuteRpcs {
 public:
  ExecuteRpcs(EventLoop* loop, SessionTable* table, const ServerSettings* settings)
      : loop_(loop), table_(table), settings_(settings) {}

  void Execute(const Caller& caller, v1::ExecuteRequest request,
               std::shared_ptr<EventStream> stream);
  void Watch(const Caller& caller, v1::WatchExecutionRequest request,
             std::shared_ptr<EventStream> stream);

 private:
  // Returns the caller's part of the spec. Moves the code out of `request`.
  absl::StatusOr<ExecutionSpec> ParseSpec(v1::ExecuteRequest* request) const;

  EventLoop* const loop_;
  SessionTable* const table_;
  const ServerSettings* const settings_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_RPC_EXECUTE_H_
