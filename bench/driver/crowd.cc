#include "crowd.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "callers.h"
#include "latency.h"
#include "samples.h"
#include "warm_pool.h"

namespace carrel::bench {
namespace {

using Sessions = std::vector<std::string>;

void Open(const std::string& image, size_t count, InterpreterClient* carrel, Sessions* sessions) {
  Progress progress("sessions opened", static_cast<int>(count));
  while (sessions->size() < count) {
    sessions->push_back(carrel->Create(image).name);
    carrel->Execute(sessions->back(), kPrintCell);
    progress.Notify(static_cast<int>(sessions->size()));
  }
}

void DeleteAll(InterpreterClient* carrel, Sessions* sessions) {
  Progress progress("sessions left", static_cast<int>(sessions->size()));
  for (; !sessions->empty(); sessions->pop_back()) {
    carrel->Delete(sessions->back());
    progress.Notify(static_cast<int>(sessions->size()) - 1);
  }
}

// Measures every session's second cell, and `creates` calls of CreateSession beside the open
// sessions.
void MeasureAmong(const Sessions& sessions, const std::string& image, int creates,
                  const std::string& prefix, WarmPool* pool, InterpreterClient* carrel,
                  Report* report) {
  pool->Wait();
  for (const std::string& session : sessions)
    Record(prefix + "_cell", carrel->Execute(session, kPrintCell).total, report);
  for (int i = 0; i < creates; ++i) {
    pool->Wait();
    const OpenedSession session = carrel->Create(image);
    Record(prefix + "_create", session.milliseconds, report);
    carrel->Delete(session.name);
  }
}

// Takes `iterations` samples of each with `few` sessions open, fresh ones each time.
void MeasureFew(const std::string& image, int few, int iterations, WarmPool* pool,
                InterpreterClient* carrel, Report* report) {
  for (int done = 0; done < iterations; done += few) {
    Sessions sessions;
    Open(image, static_cast<size_t>(few), carrel, &sessions);
    MeasureAmong(sessions, image, few, "few", pool, carrel, report);
    DeleteAll(carrel, &sessions);
  }
}

// Runs `work(i)` for all i < count, each in a thread.
template <typename Work>
void InThreads(int count, Work work) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

void MeasureCrowd(const std::string& image, int few, int many, int iterations,
                  InterpreterClient* carrel, Report* report) {
  WarmPool pool(image, carrel);
  Report warm_up;
  MeasureFew(image, few, few, &pool, carrel, &warm_up);
  MeasureFew(image, few, iterations / 2, &pool, carrel, report);
  Sessions sessions;
  const StopWatch watch;
  Open(image, static_cast<size_t>(many), carrel, &sessions);
  (*report->mutable_facts())["open_seconds"] = watch.Milliseconds() / 1e3;
  MeasureAmong(sessions, image, iterations, "many", &pool, carrel, report);
  DeleteAll(carrel, &sessions);
  MeasureFew(image, few, iterations - iterations / 2, &pool, carrel, report);
  pool.Report(report);
}

void MeasureRate(const std::string& address, const std::string& image, int sessions, double seconds,
                 int iterations, Report* report) {
  InterpreterClient carrel(address);
  Sessions open;
  Open(image, static_cast<size_t>(sessions), &carrel, &open);
  WarmPool(image, &carrel).Wait();
  for (int i = 0; i < iterations; ++i)
    Record("cells per second", CellsPerSecond(address, open, seconds), report);
  DeleteAll(&carrel, &open);
}

void Churn(const std::string& address, const std::string& image, int sessions, int callers,
           const std::string& code) {
  std::atomic<int> begun = 0;
  InThreads(std::min(callers, sessions), [&](int) {
    InterpreterClient carrel(address);
    while (begun++ < sessions) {
      const std::string session = carrel.Create(image).name;
      carrel.Execute(session, code);
      carrel.Delete(session);
    }
  });
}

}  // namespace carrel::bench
