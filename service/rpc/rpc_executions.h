// CancelExecution, GetExecution, ListExecutions.
#ifndef CARREL_SERVICE_RPC_RPC_EXECUTIONS_H_
#define CARREL_SERVICE_RPC_RPC_EXECUTIONS_H_

#include "service/rpc/responder.h"
#include "service/session/session_table.h"

namespace carrel {

// Called on gRPC's threads; answers from the loop.
class ExecutionRpcs {
 public:
  ExecutionRpcs(EventLoop* loop, SessionTable* table) : loop_(loop), table_(table) {}

  void Cancel(const Caller& caller, v1::CancelExecutionRequest request,
              Responder<v1::Execution> respond);
  void Get(const Caller& caller, v1::GetExecutionRequest request, Responder<v1::Execution> respond);
  void List(const Caller& caller, v1::ListExecutionsRequest request,
            Responder<v1::ListExecutionsResponse> respond);

 private:
  EventLoop* const loop_;
  SessionTable* const table_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_RPC_EXECUTIONS_H_
