#include "memory.h"

#include <cmath>
#include <fstream>
#include <sstream>

#include "absl/time/clock.h"

namespace carrel::bench {
namespace {

constexpr double kKibPerMib = 1024;
// For what the server and the kernel still have to do after a call.
constexpr absl::Duration kSettle = absl::Milliseconds(1500);
// What a quiet machine may change by, per session.
constexpr double kNoiseMib = 0.25;
constexpr double kSmallest = 1e-9;
constexpr const char* kKinds[] = {"AnonPages",  "Shmem",        "PageTables", "KernelStack",
                                  "SUnreclaim", "SReclaimable", "Percpu",     "VmallocUsed"};

MemInfo SettledMemInfo() {
  absl::SleepFor(kSettle);
  return ReadMemInfo();
}

void MeasureRound(InterpreterClient* carrel, IdleMemory* result) {
  std::vector<std::string> sessions;
  MemInfo before = SettledMemInfo();
  for (int i = 0; i < result->sessions; ++i) {
    sessions.push_back(carrel->Create(result->image).name);
    carrel->Execute(sessions.back(), result->code);
  }
  MemInfo open = SettledMemInfo();
  for (const std::string& session : sessions) carrel->Delete(session);
  MemInfo after = SettledMemInfo();

  const auto taken = [&](MemInfo& then) {
    return (before["MemAvailable"] - then["MemAvailable"]) / kKibPerMib / result->sessions;
  };
  result->taken.Add(taken(open));
  result->kept.Add(taken(after));
  for (const char* kind : kKinds)
    result->kib_by_kind[kind].Add((open[kind] - before[kind]) / result->sessions);
}

}  // namespace

MemInfo ReadMemInfo() {
  MemInfo info;
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    double kib = 0;
    if (words >> key >> kib && !key.empty()) info[key.substr(0, key.size() - 1)] = kib;
  }
  return info;
}

bool IdleMemory::Disturbed() const {
  return kept.Quantile(1) - kept.Quantile(kSmallest) > kNoiseMib ||
         std::abs(kept.Median()) > kNoiseMib;
}

IdleMemory MeasureIdleMemory(const std::string& image, const std::string& code, int count,
                             int rounds, InterpreterClient* carrel) {
  carrel->Delete(carrel->Create(image).name);  // What the first one costs is not for all.
  IdleMemory result;
  result.image = image;
  result.code = code;
  result.sessions = count;
  for (int i = 0; i < rounds; ++i) MeasureRound(carrel, &result);
  return result;
}

}  // namespace carrel::bench
