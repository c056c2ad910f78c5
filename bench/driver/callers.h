// Many concurrent callers in one process, without a thread for each.
#ifndef CARREL_BENCH_CALLERS_H_
#define CARREL_BENCH_CALLERS_H_

#include <string>
#include <vector>

namespace carrel::bench {

// Returns cells per second over `sessions` in a run of `seconds`: each session has a caller of its
// own, which sends the next kPrintCell when the last has ended. The callers share a connection and
// use gRPC's callback API, as services that run many sessions do. (With one thread per caller and
// blocking calls, each waiting thread also polls the connection for the others: eight wake-ups a
// cell, and a quarter fewer cells.) Any failure ends the process.
double CellsPerSecond(const std::string& address, const std::vector<std::string>& sessions,
                      double seconds);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_CALLERS_H_
