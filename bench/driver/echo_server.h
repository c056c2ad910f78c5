// A gRPC server that does nothing else, in a process of its own.
#ifndef CARREL_BENCH_ECHO_SERVER_H_
#define CARREL_BENCH_ECHO_SERVER_H_

#include <string>

namespace carrel::bench {

// Serves Echo at `address` until SIGTERM or SIGINT; prints a line once it listens. Files go to the
// directory `folder`. Returns an exit status.
int ServeEcho(const std::string& address, const std::string& folder);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_ECHO_SERVER_H_
