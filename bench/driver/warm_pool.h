// Waits for carreld's pool of warm interpreters.
#ifndef CARREL_BENCH_WARM_POOL_H_
#define CARREL_BENCH_WARM_POOL_H_

#include <string>

#include "interpreter_client.h"
#include "report.pb.h"

namespace carrel::bench {

// The pool of one image. One thread at a time.
class WarmPool {
 public:
  // Finds the level at which the pool stabilises: 0 if there is none.
  WarmPool(std::string image, InterpreterClient* carrel);

  // Returns when the pool is at that level again, or after a few seconds if it does not reach it.
  // It sleeps a little before it polls, with a pool and without one.
  void Wait();

  int level() const { return level_; }
  // Records `pool_level`, and `pool_misses`, the number of waits that timed out.
  void Report(bench::Report* report) const;

 private:
  std::string image_;
  InterpreterClient* carrel_;
  int level_ = 0;
  int misses_ = 0;
};

}  // namespace carrel::bench

#endif  // CARREL_BENCH_WARM_POOL_H_
