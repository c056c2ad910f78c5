#include "service/rpc/rpc_write_file.h"

#include <asio/post.hpp>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/model/errors.h"
#include "service/model/file_proto.h"
#include "service/rpc/validation.h"
#include "service/rpc/wire.h"

namespace carrel {
namespace {

constexpr size_t kMaxChunkBytes = 1 << 20;
// gRPC reports the end of the messages before it reports that the end is a broken connection or a
// cancelled call; both come from one event, so at almost the same time.
constexpr auto kCancelGrace = std::chrono::milliseconds(25);

}  // namespace

std::shared_ptr<WriteFileStream> WriteFileStream::Start(const Caller& caller, EventLoop* loop,
                                                        asio::thread_pool* pool,
                                                        SessionTable* table, Transfers* transfers,
                                                        grpc::ByteBuffer* response) {
  std::shared_ptr<WriteFileStream> stream(new WriteFileStream(caller, loop, pool, table, response));
  stream->self_ = stream;
  absl::StatusOr<std::shared_ptr<Transfer>> transfer =
      transfers->Begin([weak = std::weak_ptr<WriteFileStream>(stream)](const std::string& why) {
        std::shared_ptr<WriteFileStream> self = weak.lock();
        if (self != nullptr) asio::post(self->strand_, [self, why] { self->OnStalled(why); });
      });
  if (transfer.ok()) {
    stream->transfer_ = *std::move(transfer);
    stream->AwaitMessage();
  } else {
    stream->Finish(ToRpcStatus(transfer.status()));
  }
  return stream;
}

WriteFileStream::WriteFileStream(const Caller& caller, EventLoop* loop, asio::thread_pool* pool,
                                 SessionTable* table, grpc::ByteBuffer* response)
    : caller_(caller),
      loop_(loop),
      strand_(pool->get_executor()),
      table_(table),
      response_(response),
      timer_(strand_) {}

void WriteFileStream::AwaitMessage() {
  transfer_->AwaitCaller();
  StartRead(&message_);
}

void WriteFileStream::OnReadDone(bool ok) {
  transfer_->CallerDone();
  asio::post(strand_, [self = shared_from_this(), ok] {
    if (self->answered_) return;  // The read was pending when an error was found.
    if (!ok) {
      self->OnEnd();
    } else if (self->name_) {
      self->OnData();
    } else {
      self->OnSpec();
    }
  });
}

void WriteFileStream::OnSpec() {
  absl::StatusOr<v1::WriteFileRequest> request = Parse<v1::WriteFileRequest>(message_);
  if (!request.ok()) return Answer(request.status());
  if (!request->has_spec()) return Answer(InvalidField("spec", "must be in the first message"));
  const v1::WriteFileSpec& spec = request->spec();
  absl::StatusOr<FileName> name = ParseWorkspaceFileName("spec.name", spec.name());
  if (!name.ok()) return Answer(name.status());
  absl::Status status = CheckWriteSpec(spec);
  if (!status.ok()) return Answer(status);
  name_ = *std::move(name);
  loop_->Post([self = shared_from_this(), spec] {
    absl::StatusOr<std::shared_ptr<Session>> session =
        self->table_->Find(self->caller_, self->name_->session);
    if (!session.ok()) return self->Answer(session.status());
    self->session_ = *std::move(session);
    self->busy_ = self->session_->KeepBusy();
    asio::post(self->strand_, [self, spec] { self->Begin(spec); });
  });
}

void WriteFileStream::Begin(const v1::WriteFileSpec& spec) {
  WriteOptions options;
  if (!spec.size_unknown()) declared_size_ = options.size = spec.size_bytes();
  options.sha256 = spec.sha256();
  absl::StatusOr<std::unique_ptr<WriteHandle>> upload =
      session_->files()->workspace()->BeginWrite(*name_->path, options);
  if (!upload.ok()) return Answer(FileError(upload.status(), spec.name()));
  upload_ = *std::move(upload);
  AwaitMessage();
}

void WriteFileStream::OnData() {
  grpc::ByteBuffer message;
  message.Swap(&message_);
  AwaitMessage();  // The next message waits on the strand until this one is written.
  absl::StatusOr<v1::WriteFileRequest> request = Parse<v1::WriteFileRequest>(message);
  if (!request.ok()) return Answer(request.status());
  if (request->content_case() != v1::WriteFileRequest::kData)
    return Answer(InvalidField("data", "must be in every message but the first"));
  if (request->data().size() > kMaxChunkBytes)
    return Answer(InvalidField("data", "is longer than 1 MiB"));
  const auto size = static_cast<int64_t>(request->data().size());
  if (declared_size_ && upload_->size() + size > *declared_size_) {
    return Answer(InvalidField(
        "data", absl::StrCat("is more than spec.size_bytes, which is ", *declared_size_)));
  }
  absl::Status status = upload_->Append(request->data());
  if (!status.ok()) Answer(FileError(status, ToString(*name_)));
}

void WriteFileStream::OnEnd() {
  if (!name_) return Answer(InvalidField("spec", "must be in the first message"));
  if (cancelled_) return Answer(UploadBroken(ToString(*name_), "the stream broke off"));
  if (declared_size_) return Commit();
  // Only the end of the stream shows that the file is complete: make sure that the call was not
  // cancelled.
  timer_.expires_after(kCancelGrace);
  timer_.async_wait([self = shared_from_this()](std::error_code) {
    if (self->cancelled_)
      return self->Answer(UploadBroken(ToString(*self->name_), "the stream broke off"));
    self->Commit();
  });
}

void WriteFileStream::Commit() {
  if (declared_size_ && upload_->size() != *declared_size_) {
    return Answer(
        UploadBroken(ToString(*name_), absl::StrCat("the stream ended after ", upload_->size(),
                                                    " of ", *declared_size_, " bytes")));
  }
  absl::StatusOr<FileInfo> info = upload_->Commit();
  if (!info.ok()) return Answer(FileError(info.status(), ToString(*name_)));
  Answer(std::move(info));
}

void WriteFileStream::OnStalled(const std::string& why) {
  if (!answered_) Answer(UploadBroken(name_ ? ToString(*name_) : "", why));
}

void WriteFileStream::Answer(absl::StatusOr<FileInfo> result) {
  answered_ = true;
  // Posted to the loop, so that a cell that is started after the answer finds the file on record.
  loop_->Post([self = shared_from_this(), result = std::move(result)] {
    if (self->session_ != nullptr && self->session_->closing())
      return self->Finish(ToRpcStatus(SessionDeleted(self->session_->name())));
    if (result.ok()) {
      self->session_->RecordWrite(*result);
      *self->response_ = Serialize(ToProto(*result, *self->name_));
    }
    self->Finish(ToRpcStatus(result.status()));
  });
}

void WriteFileStream::OnDone() {
  // Discarding an upload accesses the disk.
  asio::strand<asio::thread_pool::executor_type> strand = strand_;
  asio::post(strand, [self = std::move(self_)] { self->upload_.reset(); });
}

}  // namespace carrel
