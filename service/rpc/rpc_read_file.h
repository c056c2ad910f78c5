// ReadFile.
#ifndef CARREL_SERVICE_RPC_RPC_READ_FILE_H_
#define CARREL_SERVICE_RPC_RPC_READ_FILE_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <asio/thread_pool.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "sandbox/files/sha256.h"
#include "sandbox/files/workspace_file.h"
#include "service/rpc/transfers.h"
#include "service/session/session_table.h"

namespace carrel {

// The reactor of ReadFile: one chunk is read from disk, sent, and only then the next one. Each step
// starts the next, so that no two run at a time and there is nothing to lock. The download of a
// caller that does not read for too long is ended.
class ReadFileStream : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                       public std::enable_shared_from_this<ReadFileStream> {
 public:
  static std::shared_ptr<ReadFileStream> Make(asio::thread_pool* pool,
                                              grpc::CallbackServerContext* context);
  ~ReadFileStream() override;

  // Answers the request. Call it once.
  void Start(const Caller& caller, EventLoop* loop, SessionTable* table, Transfers* transfers,
             const v1::ReadFileRequest& request);
  // Answers that the request is malformed.
  void Fail(const absl::Status& status);

  void OnWriteDone(bool ok) override;
  void OnDone() override;

 private:
  ReadFileStream(asio::thread_pool* pool, grpc_call* call);
  void Open(const std::shared_ptr<SessionFiles>& files, const FileName& name);
  // Sends message_.
  void Send();
  void SendNext();
  void SendSummary();

  asio::thread_pool* const pool_;
  grpc_call* const call_;  // A counted reference.
  std::shared_ptr<Transfer> transfer_;
  std::shared_ptr<void> busy_;  // Keeps the session from being idle.
  std::string name_;
  int64_t position_ = 0;
  int64_t limit_ = 0;
  int64_t end_ = 0;
  int64_t sent_ = 0;
  std::unique_ptr<ReadHandle> file_;
  Sha256 hash_;
  grpc::ByteBuffer message_;  // The message being sent.
  // gRPC's share of the ownership, until OnDone.
  std::shared_ptr<ReadFileStream> self_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_RPC_READ_FILE_H_
