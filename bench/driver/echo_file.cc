#include "echo_file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <unistd.h>

#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace carrel::bench {
namespace {

constexpr size_t kChunkBytes = 1 << 20;

std::string FinalName(const std::string& folder) { return folder + "/upload"; }
std::string TemporaryName(const std::string& folder) { return folder + "/upload.new"; }

class Hash {
 public:
  Hash() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void Update(const std::string& data) {
    EVP_DigestUpdate(context_.get(), data.data(), data.size());
  }
  std::string Hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_.get(), digest, &size);
    return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

bool WriteAll(int fd, absl::string_view data) {
  while (!data.empty()) {
    const ssize_t count = write(fd, data.data(), data.size());
    if (count < 0) return false;
    data.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

class FileReceiver : public grpc::ServerReadReactor<EchoResponse> {
 public:
  FileReceiver(const std::string& folder, EchoResponse* response)
      : folder_(folder),
        response_(response),
        fd_(open(TemporaryName(folder).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    StartRead(&chunk_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Publish();
    hash_.Update(chunk_.data());
    if (!WriteAll(fd_, chunk_.data()))
      return Finish(grpc::Status(grpc::StatusCode::INTERNAL, "the disk does not take it"));
    StartRead(&chunk_);
  }
  void OnDone() override {
    if (fd_ >= 0) close(fd_);
    delete this;
  }

 private:
  void Publish() {
    response_->set_data(hash_.Hex());
    if (rename(TemporaryName(folder_).c_str(), FinalName(folder_).c_str()) != 0)
      return Finish(grpc::Status(grpc::StatusCode::INTERNAL, "it cannot be renamed"));
    Finish(grpc::Status::OK);
  }

  std::string folder_;
  EchoResponse* response_;
  int fd_;
  Hash hash_;
  EchoResponse chunk_;
};

class FileSender : public grpc::ServerWriteReactor<EchoResponse> {
 public:
  explicit FileSender(const std::string& folder)
      : fd_(open(FinalName(folder).c_str(), O_RDONLY | O_CLOEXEC)) {
    SendNext();
  }

  void OnWriteDone(bool ok) override {
    if (is_last_) return;  // The status is on its way.
    if (!ok) return Finish(grpc::Status::CANCELLED);
    SendNext();
  }
  void OnDone() override {
    if (fd_ >= 0) close(fd_);
    delete this;
  }

 private:
  void SendNext() {
    std::string* data = chunk_.mutable_data();
    data->resize(kChunkBytes);
    const ssize_t count = read(fd_, data->data(), data->size());
    if (count < 0)
      return Finish(grpc::Status(grpc::StatusCode::INTERNAL, "the upload cannot be read"));
    data->resize(static_cast<size_t>(count));
    if (count > 0) {
      hash_.Update(*data);
      return StartWrite(&chunk_);
    }
    is_last_ = true;
    *data = hash_.Hex();
    StartWriteAndFinish(&chunk_, grpc::WriteOptions(), grpc::Status::OK);
  }

  int fd_;
  bool is_last_ = false;
  Hash hash_;
  EchoResponse chunk_;
};

}  // namespace

grpc::ServerReadReactor<EchoResponse>* ReceiveFile(const std::string& folder,
                                                   EchoResponse* response) {
  return new FileReceiver(folder, response);
}

grpc::ServerWriteReactor<EchoResponse>* SendFile(const std::string& folder) {
  return new FileSender(folder);
}

}  // namespace carrel::bench
