// Many callers at once, in one process and without a thread for each.
#ifndef CARREL_BENCH_CALLERS_H_
#define CARREL_BENCH_CALLERS_H_

#include <string>
#include <vector>

namespace carrel::bench {

// Cells per second over `sessions` for so long: each has a caller of its own, who sends the next
// kPrintCell when the last has ended. The callers share a connection and are gRPC's callback API,
// as services that run many sessions call. (Of as many threads with blocking calls, each that
// waits also polls the connection for the others: eight wake-ups a cell, and a quarter less of
// them.) Any failure ends the process.
double CellsPerSecond(const std::string& address, const std::vector<std::string>& sessions,
                      double seconds);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_CALLERS_H_
