// The memory that idle sessions cost.
#ifndef CARREL_BENCH_MEMORY_H_
#define CARREL_BENCH_MEMORY_H_

#include <map>
#include <string>
#include <vector>

#include "interpreter_client.h"
#include "samples.h"

namespace carrel::bench {

// Fields of /proc/meminfo in KiB.
using MemInfo = std::map<std::string, double>;
MemInfo ReadMemInfo();

struct IdleMemory {
  std::string image;
  std::string code;
  int sessions = 0;
  // MiB of MemAvailable that one session took, and what it had not given back at
  // the end: a sample per round.
  Samples taken, kept;
  // KiB per session of kinds in /proc/meminfo.
  std::map<std::string, Samples> kib_by_kind;

  // True if other processes took or freed so much that `taken` says little (or
  // sessions leak).
  bool Disturbed() const;
};

// In each round, opens `count` sessions one by one, each with one cell run, then
// deletes them.
IdleMemory MeasureIdleMemory(const std::string& image, const std::string& code, int count,
                             int rounds, InterpreterClient* carrel);

}  // namespace carrel::bench

#endif  // CARREL_BENCH_MEMORY_H_
