// Bytes per second of output and files, beside bare streams.
#ifndef CARREL_BENCH_THROUGHPUT_H_
#define CARREL_BENCH_THROUGHPUT_H_

#include <cstdint>
#include <string>

#include "echo_client.h"
#include "interpreter_client.h"
#include "report.pb.h"

namespace carrel::bench {

// A cell that prints, beside a bare stream of as many messages of the same size.
void MeasureOutput(const std::string& image, int iterations, EchoClient* echo,
                   InterpreterClient* carrel, Report* report);

// WriteFile and ReadFile of `bytes`, beside the bare server's Upload and Download.
// `folder` is one on the disk that both write to: between two measurements what is
// not written yet is.
void MeasureFiles(const std::string& image, int iterations, int64_t bytes,
                  const std::string& folder, EchoClient* echo, InterpreterClient* carrel,
                  Report* report);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_THROUGHPUT_H_
