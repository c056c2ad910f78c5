#include "service/rpc/code_interpreter_service.h"

#include <utility>

#include "service/rpc/call_context.h"
#include "service/rpc/rpc_read_file.h"
#include "service/rpc/rpc_write_file.h"
#include "service/rpc/wire.h"

namespace carrel {
namespace {

// Handles a unary call: parses the request and hands it to `method` of `handler`.
template <typename Handler, typename Request, typename Response>
grpc::ServerUnaryReactor* Answer(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes, grpc::ByteBuffer* response,
    Handler* handler, void (Handler::*method)(const Caller&, Request, Responder<Response>)) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Responder<Response> respond(reactor, response);
  absl::StatusOr<Request> request = Parse<Request>(*bytes);
  if (request.ok()) {
    (handler->*method)(CallerOf(*context), *std::move(request), std::move(respond));
  } else {
    respond(request.status());
  }
  return reactor;
}

// Handles a call that streams events.
template <typename Request>
grpc::ServerWriteReactor<grpc::ByteBuffer>* StreamEvents(
    const grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes, ExecuteRpcs* handler,
    void (ExecuteRpcs::*method)(const Caller&, Request, std::shared_ptr<EventStream>)) {
  std::shared_ptr<EventStream> stream = EventStream::Make();
  absl::StatusOr<Request> request = Parse<Request>(*bytes);
  if (request.ok()) {
    (handler->*method)(CallerOf(*context), *std::move(request), stream);
  } else {
    stream->Fail(request.status());
  }
  return stream.get();  // Lives until its OnDone, which comes after this.
}

}  // namespace

CodeInterpreterService::CodeInterpreterService(EventLoop* loop, asio::thread_pool* pool,
                                               SessionTable* table, const ServerSettings& settings,
                                               const IsolationReport& isolation)
    : loop_(loop),
      pool_(pool),
      table_(table),
      transfers_(loop, settings.transfer_idle_timeout),
      sessions_(loop, table, &settings),
      execute_(loop, table, &settings),
      executions_(loop, table),
      files_(loop, pool, table),
      server_info_(loop, table, settings, isolation) {}

grpc::ServerUnaryReactor* CodeInterpreterService::CreateSession(Context* context,
                                                                const Bytes* request,
                                                                Bytes* response) {
  return Answer(context, request, response, &sessions_, &SessionRpcs::Create);
}

grpc::ServerUnaryReactor* CodeInterpreterService::GetSession(Context* context, const Bytes* request,
                                                             Bytes* response) {
  return Answer(context, request, response, &sessions_, &SessionRpcs::Get);
}

grpc::ServerUnaryReactor* CodeInterpreterService::ListSessions(Context* context,
                                                               const Bytes* request,
                                                               Bytes* response) {
  return Answer(context, request, response, &sessions_, &SessionRpcs::List);
}

grpc::ServerUnaryReactor* CodeInterpreterService::UpdateSession(Context* context,
                                                                const Bytes* request,
                                                                Bytes* response) {
  return Answer(context, request, response, &sessions_, &SessionRpcs::Update);
}

grpc::ServerUnaryReactor* CodeInterpreterService::DeleteSession(Context* context,
                                                                const Bytes* request,
                                                                Bytes* response) {
  return Answer(context, request, response, &sessions_, &SessionRpcs::Delete);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* CodeInterpreterService::Execute(Context* context,
                                                                            const Bytes* request) {
  return StreamEvents(context, request, &execute_, &ExecuteRpcs::Execute);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* CodeInterpreterService::WatchExecution(
    Context* context, const Bytes* request) {
  return StreamEvents(context, request, &execute_, &ExecuteRpcs::Watch);
}

grpc::ServerUnaryReactor* CodeInterpreterService::CancelExecution(Context* context,
                                                                  const Bytes* request,
                                                                  Bytes* response) {
  return Answer(context, request, response, &executions_, &ExecutionRpcs::Cancel);
}

grpc::ServerUnaryReactor* CodeInterpreterService::GetExecution(Context* context,
                                                               const Bytes* request,
                                                               Bytes* response) {
  return Answer(context, request, response, &executions_, &ExecutionRpcs::Get);
}

grpc::ServerUnaryReactor* CodeInterpreterService::ListExecutions(Context* context,
                                                                 const Bytes* request,
                                                                 Bytes* response) {
  return Answer(context, request, response, &executions_, &ExecutionRpcs::List);
}

grpc::ServerReadReactor<grpc::ByteBuffer>* CodeInterpreterService::WriteFile(Context* context,
                                                                             Bytes* response) {
  return WriteFileStream::Start(CallerOf(*context), loop_, pool_, table_, &transfers_, response)
      .get();
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* CodeInterpreterService::ReadFile(Context* context,
                                                                             const Bytes* bytes) {
  std::shared_ptr<ReadFileStream> stream = ReadFileStream::Make(pool_, context);
  absl::StatusOr<v1::ReadFileRequest> request = Parse<v1::ReadFileRequest>(*bytes);
  if (request.ok()) {
    stream->Start(CallerOf(*context), loop_, table_, &transfers_, *request);
  } else {
    stream->Fail(request.status());
  }
  return stream.get();
}

grpc::ServerUnaryReactor* CodeInterpreterService::GetFile(Context* context, const Bytes* request,
                                                          Bytes* response) {
  return Answer(context, request, response, &files_, &FileRpcs::Get);
}

grpc::ServerUnaryReactor* CodeInterpreterService::ListFiles(Context* context, const Bytes* request,
                                                            Bytes* response) {
  return Answer(context, request, response, &files_, &FileRpcs::List);
}

grpc::ServerUnaryReactor* CodeInterpreterService::DeleteFile(Context* context, const Bytes* request,
                                                             Bytes* response) {
  return Answer(context, request, response, &files_, &FileRpcs::Delete);
}

grpc::ServerUnaryReactor* CodeInterpreterService::GetServerInfo(Context* context,
                                                                const Bytes* request,
                                                                Bytes* response) {
  return Answer(context, request, response, &server_info_, &ServerInfoRpc::Get);
}

}  // namespace carrel
