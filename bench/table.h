// A report for people.
#ifndef CARREL_BENCH_TABLE_H_
#define CARREL_BENCH_TABLE_H_

#include <string>

#include "report.pb.h"

namespace carrel::bench {

std::string FormatTable(const Report& report);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_TABLE_H_
