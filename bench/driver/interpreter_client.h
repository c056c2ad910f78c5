// Timed calls of carreld, by the same kind of client as EchoClient.
#ifndef CARREL_BENCH_INTERPRETER_CLIENT_H_
#define CARREL_BENCH_INTERPRETER_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "carrel/v1/code_interpreter.grpc.pb.h"

namespace carrel::bench {

// Times of one cell in milliseconds. Times in the server come from the events' timestamps; both
// processes read the same machine's clock.
struct CellTiming {
  double total = 0;         // The call to its status.
  double first_stdout = 0;  // The call to the first piece at the caller.
  double to_started = 0;    // The call to `started` in the server.
  double to_stdout = 0;     // `started` to the first piece in the server.
  double to_finished = 0;   // The first piece to `finished` in the server.
  double to_caller = 0;     // `finished` to the status at the caller.
  double cpu = 0;           // CPU time of the session's processes, as the server reports it.
  int64_t stdout_bytes = 0;
  int stdout_events = 0;
  int events = 0;
};

// A session that was opened, and the time that it took.
struct OpenedSession {
  std::string name;
  double milliseconds = 0;
};

// Any failure ends the process. One thread at a time.
class InterpreterClient {
 public:
  explicit InterpreterClient(const std::string& address);

  // Returns the number of warm interpreters of an image.
  int WarmInterpreterCount(const std::string& image);
  OpenedSession Create(const std::string& image, const v1::Limits& limits = {});
  void Get(const std::string& session);
  double Delete(const std::string& session);
  CellTiming Execute(const std::string& session, const std::string& code);
  // Milliseconds for a file of `size` bytes, "bench.bin".
  double WriteFile(const std::string& session, int64_t size);
  double ReadFile(const std::string& session, int64_t size);

 private:
  std::unique_ptr<v1::CodeInterpreter::Stub> stub_;
};

}  // namespace carrel::bench

#endif  // CARREL_BENCH_INTERPRETER_CLIENT_H_
