// Bytes per second of output and files.
#ifndef CARREL_BENCH_THROUGHPUT_H_
#define CARREL_BENCH_THROUGHPUT_H_

#include <string>

#include "echo_client.h"
#include "interpreter_client.h"
#include "samples.h"

namespace carrel::bench {

// In MB (10^6 bytes) per second.
struct Throughput {
  Samples stdout_cell, bare_stream, write_file, read_file;
  int events = 0;          // Of one printing cell.
  double event_bytes = 0;  // Mean piece.
};

// The bare stream has as many messages, of the same size, as the cell printed.
Throughput MeasureThroughput(const std::string& image, int iterations, int64_t file_bytes,
                             EchoClient* echo, InterpreterClient* carrel);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_THROUGHPUT_H_
