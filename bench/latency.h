// How long calls take, side by side with bare ones.
#ifndef CARREL_BENCH_LATENCY_H_
#define CARREL_BENCH_LATENCY_H_

#include <string>
#include <vector>

#include "echo_client.h"
#include "interpreter_client.h"
#include "samples.h"

namespace carrel::bench {

inline constexpr char kPrintCell[] = "print(1+1)";
inline constexpr char kPandasCell[] =
    "import pandas as pd; print(pd.DataFrame({\"a\":[1,2]}).sum())";

struct LatencyOptions {
  int iterations = 200;
  int pandas_iterations = 40;
  // Calls of one kind in a row, and sessions open meanwhile. Blocks of all kinds
  // take turns, so that a noisy neighbour meets them all.
  int block = 20;
};

// kPrintCell in a session that has run it before.
struct CellSamples {
  Samples total, first_stdout, to_started, to_stdout, to_finished, to_caller, cpu;
};

struct ImageLatency {
  std::string image;
  Samples create, first_cell, second_cell, delete_session;
  CellSamples warm;
};

// kPandasCell in a session of its own; the first two count from CreateSession.
struct PandasLatency {
  Samples first_stdout, first_result, first_cell, second_cell;
};

struct Latency {
  Samples unary, stream;
  std::vector<ImageLatency> images;
  PandasLatency pandas;
};

// Measures `images`; kPandasCell on the last of them.
Latency MeasureLatency(const LatencyOptions& options, const std::vector<std::string>& images,
                       EchoClient* echo, InterpreterClient* carrel);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_LATENCY_H_
