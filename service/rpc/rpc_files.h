// GetFile, ListFiles, DeleteFile.
#ifndef CARREL_SERVICE_RPC_RPC_FILES_H_
#define CARREL_SERVICE_RPC_RPC_FILES_H_

#include <asio/thread_pool.hpp>

#include "google/protobuf/empty.pb.h"
#include "service/rpc/responder.h"
#include "service/session/session_table.h"

namespace carrel {

// Called on gRPC's threads; works on the pool.
class FileRpcs {
 public:
  FileRpcs(EventLoop* loop, asio::thread_pool* pool, SessionTable* table)
      : loop_(loop), pool_(pool), table_(table) {}

  void Get(const Caller& caller, v1::GetFileRequest request, Responder<v1::File> respond);
  void List(const Caller& caller, v1::ListFilesRequest request,
            Responder<v1::ListFilesResponse> respond);
  void Delete(const Caller& caller, v1::DeleteFileRequest request,
              Responder<google::protobuf::Empty> respond);

 private:
  EventLoop* const loop_;
  asio::thread_pool* const pool_;
  SessionTable* const table_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_RPC_FILES_H_
