// Bytes per second of output and files, beside bare streams.
#ifndef CARREL_BENCH_THROUGHPUT_H_
#define CARREL_BENCH_THROUGHPUT_H_

#include <cstdint>
#include <string>

#include "echo_client.h"
#include "interpreter_client.h"
#include "report.pb.h"

namespace carrel::bench {

// Measures a cell that prints, beside a bare stream of as many messages of the same size.
void MeasureOutput(const std::string& image, int iterations, EchoClient* echo,
                   InterpreterClient* carrel, Report* report);

// Measures WriteFile and ReadFile of `bytes`, beside the bare server's Upload and Download. The
// directory `folder` is on the disk that both write to; dirty pages are flushed between two
// measurements.
void MeasureFiles(const std::string& image, int iterations, int64_t bytes,
                  const std::string& folder, EchoClient* echo, InterpreterClient* carrel,
                  Report* report);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_THROUGHPUT_H_
