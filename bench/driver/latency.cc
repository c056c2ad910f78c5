#include "latency.h"

#include <algorithm>
#include <vector>

#include "samples.h"
#include "warm_pool.h"

namespace carrel::bench {
namespace {

// Approximate size of the answers of CreateSession and of an event of Execute.
constexpr int kResponseBytes = 200;
// `started`, `stdout`, `finished`.
constexpr int kStreamLength = 3;
// The first block warms up, and is not counted.
constexpr int kWarmUpBlocks = 1;
// Number of calls of the same server right before one that is timed: after a wait the server would
// be slow to wake, so every timed call starts on a machine that is awake. All have answers of about
// the same size: after a large one the server would still be busy with it.
constexpr int kCallsBefore = 3;

// Returns a limit that is not the image's, so that no warm interpreter fits.
v1::Limits UnusualLimits() {
  v1::Limits limits;
  limits.set_open_file_count(777);
  return limits;
}

// Times unary calls and CreateSession. The pool is full before each, so that neither is timed while
// it fills up.
void CreateSessions(int count, const std::string& image, const std::string& other, WarmPool* pool,
                    EchoClient* echo, InterpreterClient* carrel, std::vector<std::string>* sessions,
                    Report* report) {
  for (int i = 0; i < count; ++i) {
    pool->Wait();
    for (int j = 0; j < kCallsBefore; ++j) BareUnary(echo);
    Record("unary", BareUnary(echo), report);
    pool->Wait();
    for (int j = 0; j < kCallsBefore; ++j) carrel->Get(other);
    const OpenedSession session = carrel->Create(image);
    Record("create", session.milliseconds, report);
    sessions->push_back(session.name);
  }
}

void CreateColdSessions(int count, const std::string& image, const std::string& other,
                        WarmPool* pool, InterpreterClient* carrel,
                        std::vector<std::string>* sessions, Report* report) {
  for (int i = 0; i < count; ++i) {
    pool->Wait();
    for (int j = 0; j < kCallsBefore; ++j) carrel->Get(other);
    const OpenedSession session = carrel->Create(image, UnusualLimits());
    Record("create_cold", session.milliseconds, report);
    sessions->push_back(session.name);
  }
}

void UseAndDelete(const std::vector<std::string>& sessions, InterpreterClient* carrel,
                  Report* report) {
  for (const std::string& session : sessions)
    Record("first_cell", carrel->Execute(session, kPrintCell).total, report);
  for (const std::string& session : sessions)
    Record("second_cell", carrel->Execute(session, kPrintCell).total, report);
  for (const std::string& session : sessions) Record("delete", carrel->Delete(session), report);
}

void RecordCell(const CellTiming& timing, Report* report) {
  Record("cell", timing.total, report);
  Record("first_stdout", timing.first_stdout, report);
  Record("to_started", timing.to_started, report);
  Record("to_stdout", timing.to_stdout, report);
  Record("to_finished", timing.to_finished, report);
  Record("to_caller", timing.to_caller, report);
  Record("cpu", timing.cpu, report);
}

// Calls `measure` with the size of each block and the report to record it in.
template <typename Measure>
void InBlocks(const LatencyOptions& options, Report* report, Measure measure) {
  for (int i = 0; i < kWarmUpBlocks; ++i) {
    Report warm_up;
    measure(std::min(options.block, options.iterations), &warm_up);
  }
  for (int done = 0; done < options.iterations; done += options.block)
    measure(std::min(options.block, options.iterations - done), report);
}

}  // namespace

double BareUnary(EchoClient* echo) { return echo->Unary(kResponseBytes); }
double BareStream(EchoClient* echo) { return echo->Stream(kStreamLength, kResponseBytes); }

void MeasureCreate(const LatencyOptions& options, EchoClient* echo, InterpreterClient* carrel,
                   Report* report) {
  WarmPool pool(options.image, carrel);
  const std::string other = carrel->Create(options.image).name;
  InBlocks(options, report, [&](int count, Report* block) {
    std::vector<std::string> sessions;
    CreateSessions(count, options.image, other, &pool, echo, carrel, &sessions, block);
    UseAndDelete(sessions, carrel, block);
    std::vector<std::string> cold;
    CreateColdSessions((count + 3) / 4, options.image, other, &pool, carrel, &cold, block);
    for (const std::string& session : cold) carrel->Delete(session);
    for (int i = 0; i < count; ++i) Record("unary_in_a_row", BareUnary(echo), block);
  });
  carrel->Delete(other);
  pool.Report(report);
}

void MeasureWarmCell(const LatencyOptions& options, EchoClient* echo, InterpreterClient* carrel,
                     Report* report) {
  const std::string session = carrel->Create(options.image).name;
  WarmPool(options.image, carrel).Wait();  // The pool must not fill while cells are timed.
  InBlocks(options, report, [&](int count, Report* block) {
    for (int i = 0; i < count; ++i) Record("stream", BareStream(echo), block);
    for (int i = 0; i < count; ++i) RecordCell(carrel->Execute(session, kPrintCell), block);
  });
  carrel->Delete(session);
}

void MeasureFirstResult(const LatencyOptions& options, const std::string& code,
                        InterpreterClient* carrel, Report* report) {
  WarmPool pool(options.image, carrel);
  InBlocks(options, report, [&](int count, Report* block) {
    for (int i = 0; i < count; ++i) {
      pool.Wait();
      const StopWatch watch;
      const OpenedSession session = carrel->Create(options.image);
      const double created = watch.Milliseconds();
      const CellTiming first = carrel->Execute(session.name, code);
      Record("first_result", watch.Milliseconds(), block);
      Record("first_stdout", created + first.first_stdout, block);
      Record("first_cell", first.total, block);
      Record("second_cell", carrel->Execute(session.name, code).total, block);
      carrel->Delete(session.name);
    }
  });
  pool.Report(report);
}

}  // namespace carrel::bench
