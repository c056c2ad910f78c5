// How long calls take, side by side with bare ones. What each records is in
// bench/latency.py, which reads it.
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
  // Calls of one kind in a row, and sessions open meanwhile. Blocks of all kinds
  // take turns, so that a noisy neighbour meets them all.
  int block = 20;
};

// CreateSession with a warm pool and past it, beside a bare unary call; and what
// follows: the first cells and DeleteSession.
void MeasureCreate(const LatencyOptions& options, EchoClient* echo, InterpreterClient* carrel,
                   Report* report);

// kPrintCell in a session that has run it before, beside a bare stream.
void MeasureWarmCell(const LatencyOptions& options, EchoClient* echo, InterpreterClient* carrel,
                     Report* report);

// From nothing to the result of `code` in a session of its own.
void MeasureFirstResult(const LatencyOptions& options, const std::string& code,
                        InterpreterClient* carrel, Report* report);

// One bare call, like what CreateSession and Execute answer.
double BareUnary(EchoClient* echo);
double BareStream(EchoClient* echo);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_LATENCY_H_
