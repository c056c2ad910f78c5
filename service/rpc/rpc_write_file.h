// WriteFile.
#ifndef CARREL_SERVICE_RPC_RPC_WRITE_FILE_H_
#define CARREL_SERVICE_RPC_RPC_WRITE_FILE_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <atomic>
#include <memory>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "sandbox/files/workspace_write.h"
#include "service/model/resource_name.h"
#include "service/rpc/transfers.h"
#include "service/session/session_table.h"

namespace carrel {

// The reactor of WriteFile. While one message is hashed and written to disk, the next one is read,
// and no more, so that a fast caller is throttled by a slow disk. Messages are handled one after
// the other. The upload of a caller that sends nothing for too long is ended.
class WriteFileStream : public grpc::ServerReadReactor<grpc::ByteBuffer>,
                        public std::enable_shared_from_this<WriteFileStream> {
 public:
  // Starts to read. `response` belongs to the call.
  static std::shared_ptr<WriteFileStream> Start(const Caller& caller, EventLoop* loop,
                                                asio::thread_pool* pool, SessionTable* table,
                                                Transfers* transfers, grpc::ByteBuffer* response);

  void OnReadDone(bool ok) override;
  void OnCancel() override { cancelled_ = true; }  // The pending read, or the next, fails.
  void OnDone() override;

 private:
  WriteFileStream(const Caller& caller, EventLoop* loop, asio::thread_pool* pool,
                  SessionTable* table, grpc::ByteBuffer* response);
  // Starts to read the next message.
  void AwaitMessage();
  // These run on the pool, one at a time.
  void OnSpec();
  void Begin(const v1::WriteFileSpec& spec);
  void OnData();
  void OnEnd();
  void Commit();
  void OnStalled(const std::string& why);
  // Answers, from the loop; SESSION_DELETED if the session is gone.
  void Answer(absl::StatusOr<FileInfo> result);

  const Caller caller_;
  EventLoop* const loop_;
  asio::strand<asio::thread_pool::executor_type> strand_;
  SessionTable* const table_;
  grpc::ByteBuffer* const response_;
  grpc::ByteBuffer message_;
  std::atomic<bool> cancelled_{false};
  asio::steady_timer timer_;

  bool answered_ = false;
  absl::optional<FileName> name_;  // Set with the spec.
  absl::optional<int64_t> declared_size_;
  std::shared_ptr<Session> session_;
  std::shared_ptr<Transfer> transfer_;
  std::shared_ptr<void> busy_;  // Keeps the session from being idle.
  std::unique_ptr<WriteHandle> upload_;
  // gRPC's share of the ownership, until OnDone.
  std::shared_ptr<WriteFileStream> self_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_RPC_WRITE_FILE_H_
