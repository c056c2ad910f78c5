// Many sessions: alive at once, working at once, or one after the other.
#ifndef CARREL_BENCH_CROWD_H_
#define CARREL_BENCH_CROWD_H_

#include <string>

#include "interpreter_client.h"
#include "report.pb.h"

namespace carrel::bench {

// Measures CreateSession, and a cell in each session in turn, with `few` sessions open and with
// `many`. Half of the samples with few are taken before the many are opened, half after they are
// deleted.
void MeasureCrowd(const std::string& image, int few, int many, int iterations,
                  InterpreterClient* carrel, Report* report);

// Measures cells per second over `sessions`, each with a caller of its own that sends the next cell
// when the last has ended; a sample is the rate over `seconds`.
void MeasureRate(const std::string& address, const std::string& image, int sessions, double seconds,
                 int iterations, Report* report);

// Opens `sessions`, uses each for `code` and deletes it, by `callers` at once.
void Churn(const std::string& address, const std::string& image, int sessions, int callers,
           const std::string& code);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_CROWD_H_
