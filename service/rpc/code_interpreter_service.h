// The gRPC service: parses each request and hands it to the class for its method.
#ifndef CARREL_SERVICE_RPC_CODE_INTERPRETER_SERVICE_H_
#define CARREL_SERVICE_RPC_CODE_INTERPRETER_SERVICE_H_

#include <asio/thread_pool.hpp>

#include "carrel/v1/code_interpreter.grpc.pb.h"
#include "service/rpc/rpc_execute.h"
#include "service/rpc/rpc_executions.h"
#include "service/rpc/rpc_files.h"
#include "service/rpc/rpc_server_info.h"
#include "service/rpc/rpc_sessions.h"
#include "service/rpc/transfers.h"

namespace carrel {

// The service with every method on raw bytes: see wire.h.
template <template <typename> class... Methods>
struct RawMethods;
template <>
struct RawMethods<> {
  using Service = v1::CodeInterpreter::Service;
};
template <template <typename> class First, template <typename> class... Others>
struct RawMethods<First, Others...> {
  using Service = First<typename RawMethods<Others...>::Service>;
};

using RawCodeInterpreter =
    RawMethods<v1::CodeInterpreter::WithRawCallbackMethod_CreateSession,
               v1::CodeInterpreter::WithRawCallbackMethod_GetSession,
               v1::CodeInterpreter::WithRawCallbackMethod_ListSessions,
               v1::CodeInterpreter::WithRawCallbackMethod_UpdateSession,
               v1::CodeInterpreter::WithRawCallbackMethod_DeleteSession,
               v1::CodeInterpreter::WithRawCallbackMethod_Execute,
               v1::CodeInterpreter::WithRawCallbackMethod_WatchExecution,
               v1::CodeInterpreter::WithRawCallbackMethod_CancelExecution,
               v1::CodeInterpreter::WithRawCallbackMethod_GetExecution,
               v1::CodeInterpreter::WithRawCallbackMethod_ListExecutions,
               v1::CodeInterpreter::WithRawCallbackMethod_WriteFile,
               v1::CodeInterpreter::WithRawCallbackMethod_ReadFile,
               v1::CodeInterpreter::WithRawCallbackMethod_GetFile,
               v1::CodeInterpreter::WithRawCallbackMethod_ListFiles,
               v1::CodeInterpreter::WithRawCallbackMethod_DeleteFile,
               v1::CodeInterpreter::WithRawCallbackMethod_GetServerInfo>::Service;

// Thread-safe; must outlive the server, and the loop, pool and table must outlive it.
class CodeInterpreterService final : public RawCodeInterpreter {
 public:
  CodeInterpreterService(EventLoop* loop, asio::thread_pool* pool, SessionTable* table,
                         const ServerSettings& settings, const IsolationReport& isolation);

  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  using Unary = grpc::ServerUnaryReactor;

  Unary* CreateSession(Context* context, const Bytes* request, Bytes* response) override;
  Unary* GetSession(Context* context, const Bytes* request, Bytes* response) override;
  Unary* ListSessions(Context* context, const Bytes* request, Bytes* response) override;
  Unary* UpdateSession(Context* context, const Bytes* request, Bytes* response) override;
  Unary* DeleteSession(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerWriteReactor<Bytes>* Execute(Context* context, const Bytes* request) override;
  grpc::ServerWriteReactor<Bytes>* WatchExecution(Context* context, const Bytes* request) override;
  Unary* CancelExecution(Context* context, const Bytes* request, Bytes* response) override;
  Unary* GetExecution(Context* context, const Bytes* request, Bytes* response) override;
  Unary* ListExecutions(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerReadReactor<Bytes>* WriteFile(Context* context, Bytes* response) override;
  grpc::ServerWriteReactor<Bytes>* ReadFile(Context* context, const Bytes* request) override;
  Unary* GetFile(Context* context, const Bytes* request, Bytes* response) override;
  Unary* ListFiles(Context* context, const Bytes* request, Bytes* response) override;
  Unary* DeleteFile(Context* context, const Bytes* request, Bytes* response) override;
  Unary* GetServerInfo(Context* context, const Bytes* request, Bytes* response) override;

 private:
  EventLoop* const loop_;
  asio::thread_pool* const pool_;
  SessionTable* const table_;
  Transfers transfers_;
  SessionRpcs sessions_;
  ExecuteRpcs execute_;
  ExecutionRpcs executions_;
  FileRpcs files_;
  ServerInfoRpc server_info_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_CODE_INTERPRETER_SERVICE_H_
