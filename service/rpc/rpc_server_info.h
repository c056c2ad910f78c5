// GetServerInfo.
#ifndef CARREL_SERVICE_RPC_RPC_SERVER_INFO_H_
#define CARREL_SERVICE_RPC_RPC_SERVER_INFO_H_

#include "sandbox/self_test/self_test.h"
#include "service/rpc/responder.h"
#include "service/session/session_table.h"

namespace carrel {

// Called on gRPC's threads; answers from the loop.
class ServerInfoRpc {
 public:
  // `table` must have all its images already.
  ServerInfoRpc(EventLoop* loop, SessionTable* table, const ServerSettings& settings,
                const IsolationReport& isolation);

  void Get(const Caller& caller, v1::GetServerInfoRequest request,
           Responder<v1::ServerInfo> respond);

 private:
  EventLoop* const loop_;
  SessionTable* const table_;
  v1::ServerInfo info_;  // All but the number of sessions.
};

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_RPC_SERVER_INFO_H_
