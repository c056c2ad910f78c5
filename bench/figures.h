// From measurements to the report.
#ifndef CARREL_BENCH_FIGURES_H_
#define CARREL_BENCH_FIGURES_H_

#include <vector>

#include "latency.h"
#include "memory.h"
#include "report.pb.h"
#include "throughput.h"

namespace carrel::bench {

// Rows, and figures a, b and c; the last image's are what the figures count.
void ReportLatency(const Latency& latency, Report* report);

// Rows, and figure h of the first of `memories`, which must not be empty.
void ReportMemory(const std::vector<IdleMemory>& memories, Report* report);

// Rows only: g's baseline is not here yet.
void ReportThroughput(const Throughput& throughput, Report* report);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_FIGURES_H_
