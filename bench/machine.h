// Where a run takes place.
#ifndef CARREL_BENCH_MACHINE_H_
#define CARREL_BENCH_MACHINE_H_

#include <string>

#include "report.pb.h"

namespace carrel::bench {

// The load average of the last minute.
double LoadAverage();

// Everything but `load_after` and `carrel_version`.
Machine DescribeMachine(const std::string& address);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_MACHINE_H_
