// Samples of one quantity and what is said about them.
#ifndef CARREL_BENCH_SAMPLES_H_
#define CARREL_BENCH_SAMPLES_H_

#include <chrono>
#include <string>
#include <vector>

#include "report.pb.h"

namespace carrel::bench {

// In the order they came. Copyable; one thread at a time.
class Samples {
 public:
  void Add(double value) { values_.push_back(value); }
  // The nearest-rank quantile, 0 < q <= 1; 0 without samples.
  double Quantile(double q) const;
  double Median() const { return Quantile(0.5); }
  // A row of the report. With a baseline, the row has its ratio to that.
  Measurement Summary(const std::string& name, const std::string& unit = "ms",
                      const Measurement* baseline = nullptr) const;

 private:
  std::vector<double> values_;
};

// Milliseconds since it was made.
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
