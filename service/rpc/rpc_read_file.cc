#include "service/rpc/rpc_read_file.h"

#include <grpc/grpc.h>

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "absl/types/span.h"
#include "service/model/errors.h"
#include "service/model/file_proto.h"
#include "service/model/resource_name.h"
#include "service/rpc/validation.h"
#include "service/rpc/wire.h"

namespace carrel {
namespace {

constexpr int64_t kChunkBytes = 512 << 10;

}  // namespace

std::shared_ptr<ReadFileStream> ReadFileStream::Make(asio::thread_pool* pool,
                                                     grpc::CallbackServerContext* context) {
  std::shared_ptr<ReadFileStream> stream(new ReadFileStream(pool, context->c_call()));
  stream->self_ = stream;
  return stream;
}

ReadFileStream::ReadFileStream(asio::thread_pool* pool, grpc_call* call)
    : pool_(pool), call_(call) {
  grpc_call_ref(call_);
}

ReadFileStream::~ReadFileStream() { grpc_call_unref(call_); }

void ReadFileStream::Fail(const absl::Status& status) { Finish(ToRpcStatus(status)); }

void ReadFileStream::Start(const Caller& caller, EventLoop* loop, SessionTable* table,
                           Transfers* transfers, const v1::ReadFileRequest& request) {
  absl::StatusOr<FileName> name = ParseFileName("name", request.name());
  if (!name.ok()) return Fail(name.status());
  absl::Status range = CheckRange(request.offset_bytes(), request.limit_bytes());
  if (!range.ok()) return Fail(range);
  // A caller that does not read does not receive a final status from the reactor either. Therefore
  // the call is ended in gRPC's core, and the write in progress fails.
  absl::StatusOr<std::shared_ptr<Transfer>> transfer =
      transfers->Begin([weak = weak_from_this()](const std::string& why) {
        if (std::shared_ptr<ReadFileStream> self = weak.lock())
          grpc_call_cancel_with_status(self->call_, GRPC_STATUS_ABORTED, why.c_str(), nullptr);
      });
  if (!transfer.ok()) return Fail(transfer.status());
  transfer_ = *std::move(transfer);
  name_ = request.name();
  position_ = request.offset_bytes();
  limit_ = request.limit_bytes();
  loop->Post([self = shared_from_this(), caller, table, name = *std::move(name)] {
    absl::StatusOr<std::shared_ptr<Session>> session = table->Find(caller, name.session);
    if (!session.ok()) return self->Fail(session.status());
    self->busy_ = (*session)->KeepBusy();
    std::shared_ptr<SessionFiles> files = (*session)->files();
    // Posted, since an image that was just displayed may still be being saved.
    files->Post([self, files, name] { self->Open(files, name); });
  });
}

void ReadFileStream::Open(const std::shared_ptr<SessionFiles>& files, const FileName& name) {
  absl::StatusOr<ReadHandle> file = files->Open(name);
  if (!file.ok()) return Fail(file.status());
  file_ = std::make_unique<ReadHandle>(*std::move(file));
  const int64_t size = file_->info().size;
  if (position_ > size) return Fail(OffsetBeyondEnd(name_, size));
  end_ = limit_ == 0 ? size : position_ + std::min(limit_, size - position_);
  v1::ReadFileResponse response;
  *response.mutable_file() = ToProto(file_->info(), name);
  message_ = Serialize(response);
  Send();
}

void ReadFileStream::Send() {
  transfer_->AwaitCaller();
  StartWrite(&message_);
}

void ReadFileStream::OnWriteDone(bool ok) {
  transfer_->CallerDone();
  if (!ok) {
    Finish(grpc::Status::CANCELLED);
    return;
  }
  asio::post(*pool_, [self = shared_from_this()] { self->SendNext(); });
}

void ReadFileStream::SendNext() {
  v1::ReadFileResponse response;
  std::string* data = response.mutable_data();
  data->resize(static_cast<size_t>(std::min(kChunkBytes, end_ - position_)));
  absl::StatusOr<size_t> read = file_->ReadAt(position_, absl::MakeSpan(*data));
  if (!read.ok()) return Fail(FileError(read.status(), name_));
  if (*read == 0) return SendSummary();  // The end, perhaps of a file that shrank.
  data->resize(*read);
  hash_.Update(*data);
  position_ += static_cast<int64_t>(*read);
  sent_ += static_cast<int64_t>(*read);
  message_ = Serialize(response);
  Send();
}

void ReadFileStream::SendSummary() {
  v1::ReadFileResponse response;
  response.mutable_summary()->set_size_bytes(sent_);
  response.mutable_summary()->set_sha256(hash_.HexDigest());
  message_ = Serialize(response);
  transfer_->AwaitCaller();
  StartWriteAndFinish(&message_, grpc::WriteOptions(), grpc::Status::OK);
}

void ReadFileStream::OnDone() { self_.reset(); }  // May destroy *this.

}  // namespace carrel
