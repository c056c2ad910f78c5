#include "latency.h"

#include <algorithm>

namespace carrel::bench {
namespace {

// What CreateSession and an event of Execute have, roughly.
constexpr int kResponseBytes = 200;
// `started`, `stdout`, `finished`.
constexpr int kStreamLength = 3;

void MeasureBare(int count, EchoClient* echo, Latency* latency) {
  for (int i = 0; i < count; ++i) latency->unary.Add(echo->Unary(kResponseBytes));
  for (int i = 0; i < count; ++i) latency->stream.Add(echo->Stream(kStreamLength, kResponseBytes));
}

void MeasureSessions(int count, InterpreterClient* carrel, ImageLatency* latency) {
  std::vector<std::string> sessions;
  for (int i = 0; i < count; ++i) {
    const OpenedSession session = carrel->Create(latency->image);
    latency->create.Add(session.milliseconds);
    sessions.push_back(session.name);
  }
  for (const std::string& session : sessions)
    latency->first_cell.Add(carrel->Execute(session, kPrintCell).total);
  for (const std::string& session : sessions)
    latency->second_cell.Add(carrel->Execute(session, kPrintCell).total);
  for (const std::string& session : sessions) latency->delete_session.Add(carrel->Delete(session));
}

void Add(const CellTiming& timing, CellSamples* samples) {
  samples->total.Add(timing.total);
  samples->first_stdout.Add(timing.first_stdout);
  samples->to_started.Add(timing.to_started);
  samples->to_stdout.Add(timing.to_stdout);
  samples->to_finished.Add(timing.to_finished);
  samples->to_caller.Add(timing.to_caller);
  samples->cpu.Add(timing.cpu);
}

void MeasureWarmCells(int count, const std::string& session, InterpreterClient* carrel,
                      CellSamples* samples) {
  for (int i = 0; i < count; ++i) Add(carrel->Execute(session, kPrintCell), samples);
}

void MeasurePandas(int count, const std::string& image, InterpreterClient* carrel,
                   PandasLatency* latency) {
  for (int i = 0; i < count; ++i) {
    const StopWatch watch;
    const OpenedSession session = carrel->Create(image);
    const double created = watch.Milliseconds();
    const CellTiming first = carrel->Execute(session.name, kPandasCell);
    latency->first_result.Add(watch.Milliseconds());
    latency->first_stdout.Add(created + first.first_stdout);
    latency->first_cell.Add(first.total);
    latency->second_cell.Add(carrel->Execute(session.name, kPandasCell).total);
    carrel->Delete(session.name);
  }
}

// Every kind of call once more, `count` times each.
void MeasureBlock(int count, const std::vector<std::string>& warm_sessions, EchoClient* echo,
                  InterpreterClient* carrel, Latency* latency) {
  MeasureBare(count, echo, latency);
  for (size_t i = 0; i < latency->images.size(); ++i) {
    MeasureSessions(count, carrel, &latency->images[i]);
    MeasureWarmCells(count, warm_sessions[i], carrel, &latency->images[i].warm);
  }
}

Latency Empty(const std::vector<std::string>& images) {
  Latency latency;
  for (const std::string& image : images) {
    latency.images.emplace_back();
    latency.images.back().image = image;
  }
  return latency;
}

}  // namespace

Latency MeasureLatency(const LatencyOptions& options, const std::vector<std::string>& images,
                       EchoClient* echo, InterpreterClient* carrel) {
  std::vector<std::string> sessions;
  sessions.reserve(images.size());
  for (const std::string& image : images) sessions.push_back(carrel->Create(image).name);
  Latency warm_up = Empty(images);
  MeasureBlock(options.block, sessions, echo, carrel, &warm_up);

  Latency latency = Empty(images);
  for (int done = 0; done < options.iterations; done += options.block) {
    const int count = std::min(options.block, options.iterations - done);
    MeasureBlock(count, sessions, echo, carrel, &latency);
    const int wanted = options.pandas_iterations * (done + count) / options.iterations;
    MeasurePandas(wanted - options.pandas_iterations * done / options.iterations, images.back(),
                  carrel, &latency.pandas);
  }
  for (const std::string& session : sessions) carrel->Delete(session);
  return latency;
}

}  // namespace carrel::bench
