// CreateSession, GetSession, ListSessions, UpdateSession, DeleteSession.
#ifndef CARREL_SERVICE_RPC_RPC_SESSIONS_H_
#define CARREL_SERVICE_RPC_RPC_SESSIONS_H_

#include "google/protobuf/empty.pb.h"
#include "service/rpc/responder.h"
#include "service/session/session_table.h"

namespace carrel {

// Called on gRPC's threads; answers from the loop.
class SessionRpcs {
 public:
  SessionRpcs(EventLoop* loop, SessionTable* table, const ServerSettings* settings)
      : loop_(loop), table_(table), settings_(settings) {}

  void Create(const Caller& caller, v1::CreateSessionRequest request,
              Responder<v1::Session> respond);
  void Get(const Caller& caller, v1::GetSessionRequest request, Responder<v1::Session> respond);
  void List(const Caller& caller, v1::ListSessionsRequest request,
            Responder<v1::ListSessionsResponse> respond);
  void Update(const Caller& caller, v1::UpdateSessionRequest request,
              Responder<v1::Session> respond);
  void Delete(const Caller& caller, v1::DeleteSessionRequest request,
              Responder<google::protobuf::Empty> respond);

 private:
  absl::StatusOr<SessionSpec> ParseSpec(const v1::CreateSessionRequest& request) const;

  EventLoop* const loop_;
  SessionTable* const table_;
  const ServerSettings* const settings_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_RPC_SESSIONS_H_
