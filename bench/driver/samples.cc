#include "samples.h"

#include <cstdio>

namespace carrel::bench {
namespace {

constexpr double kMillion = 1e6;
constexpr double kMillisecondsPerSecond = 1e3;
constexpr auto kBetweenLines = std::chrono::seconds(2);

}  // namespace

void Record(const std::string& name, double value, Report* report) {
  (*report->mutable_series())[name].add_samples(value);
}

double MegabytesPerSecond(int64_t bytes, double milliseconds) {
  return static_cast<double>(bytes) / kMillion * kMillisecondsPerSecond / milliseconds;
}

void Progress::Notify(int done) {
  const auto now = std::chrono::steady_clock::now();
  if (now - notified_head_ < kBetweenLines) return;
  notified_head_ = now;
  fprintf(stderr, "      %d of %d %s\n", done, total_, what_.c_str());
}

}  // namespace carrel::bench
