// Records measured samples in the report.
#ifndef CARREL_BENCH_SAMPLES_H_
#define CARREL_BENCH_SAMPLES_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "report.pb.h"

namespace carrel::bench {

// Adds a sample to the series `name` of `report`.
void Record(const std::string& name, double value, Report* report);

// Returns MB (10^6 bytes) per second.
double MegabytesPerSecond(int64_t bytes, double milliseconds);

// Reports on stderr how far a long measurement is: at most one line every two seconds.
class Progress {
 public:
  Progress(std::string what, int total) : what_(std::move(what)), total_(total) {}
  void Notify(int done);

 private:
  std::string what_;
  int total_;
  std::chrono::steady_clock::time_point notified_head_ = std::chrono::steady_clock::now();
};

// Measures milliseconds since its construction.
class StopWatch {
 public:
  double Milliseconds() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace carrel::bench

#endif  // CARREL_BENCH_SAMPLES_H_
