#include "throughput.h"

#include <algorithm>

namespace carrel::bench {
namespace {

// The most that a session may keep, so that nothing is dropped.
constexpr int64_t kOutputBytes = 16 << 20;
// 15.7 MB in lines of 1 KiB.
constexpr char kPrintingCell[] = "for _ in range(15 * 1024): print('x' * 1023)";
constexpr double kMillion = 1e6;
constexpr double kMillisecondsPerSecond = 1e3;

double MegabytesPerSecond(int64_t bytes, double milliseconds) {
  return static_cast<double>(bytes) / kMillion * kMillisecondsPerSecond / milliseconds;
}

void MeasureOutput(const std::string& session, EchoClient* echo, InterpreterClient* carrel,
                   Throughput* throughput) {
  const CellTiming cell = carrel->Execute(session, kPrintingCell);
  throughput->stdout_cell.Add(MegabytesPerSecond(cell.stdout_bytes, cell.total));
  const int events = std::max(1, cell.stdout_events);
  const int64_t piece = cell.stdout_bytes / events;
  throughput->bare_stream.Add(
      MegabytesPerSecond(piece * events, echo->Stream(events, static_cast<int>(piece))));
  throughput->events = events;
  throughput->event_bytes = static_cast<double>(piece);
}

}  // namespace

Throughput MeasureThroughput(const std::string& image, int iterations, int64_t file_bytes,
                             EchoClient* echo, InterpreterClient* carrel) {
  Throughput throughput;
  const std::string session = carrel->Create(image, kOutputBytes).name;
  carrel->Execute(session, kPrintingCell);
  for (int i = 0; i < iterations; ++i) {
    MeasureOutput(session, echo, carrel, &throughput);
    throughput.write_file.Add(
        MegabytesPerSecond(file_bytes, carrel->WriteFile(session, file_bytes)));
    throughput.read_file.Add(MegabytesPerSecond(file_bytes, carrel->ReadFile(session, file_bytes)));
  }
  carrel->Delete(session);
  return throughput;
}

}  // namespace carrel::bench
