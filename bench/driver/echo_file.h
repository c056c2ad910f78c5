// File transfer over bare streams: files are written to and read from disk, and hashed, in the
// simplest way.
#ifndef CARREL_BENCH_ECHO_FILE_H_
#define CARREL_BENCH_ECHO_FILE_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <string>

#include "echo.pb.h"

namespace carrel::bench {

// Receives a file into directory `folder`; the answer has its SHA-256. The reactor deletes itself.
grpc::ServerReadReactor<EchoResponse>* ReceiveFile(const std::string& folder,
                                                   EchoResponse* response);

// Sends the file that was received last.
grpc::ServerWriteReactor<EchoResponse>* SendFile(const std::string& folder);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_ECHO_FILE_H_
