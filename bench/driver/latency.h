// Measures how long calls take, side by side with bare ones. bench/latency.py describes and reads
// the series that each function records.
#ifndef CARREL_BENCH_LATENCY_H_
#define CARREL_BENCH_LATENCY_H_

#include <string>

#include "echo_client.h"
#include "interpreter_client.h"
#include "report.pb.h"

namespace carrel::bench {

inline constexpr char kPrintCell[] = "print(1+1)";

struct LatencyOptions {
  std::string image;
  int iterations = 200;
  // Calls of one kind in a row, and sessions open meanwhile. Blocks of all kinds alternate, so that
  // a noisy neighbour affects them all.
  int block = 20;
};

// Measures CreateSession with a warm pool and with an exhausted one, beside a bare unary call; then
// the first cells and DeleteSession.
void MeasureCreate(const LatencyOptions& options, EchoClient* echo, InterpreterClient* carrel,
                   Report* report);

// Measures kPrintCell in a session that has run it before, beside a bare stream.
void MeasureWarmCell(const LatencyOptions& options, EchoClient* echo, InterpreterClient* carrel,
                     Report* report);

// Measures the time from creating a session to the result of `code` in it.
void MeasureFirstResult(const LatencyOptions& options, const std::string& code,
                        InterpreterClient* carrel, Report* report);

// Makes one bare call of about the size of CreateSession's and Execute's answers.
double BareUnary(EchoClient* echo);
double BareStream(EchoClient* echo);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_LATENCY_H_
