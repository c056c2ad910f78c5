#include "throughput.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "samples.h"

namespace carrel::bench {
namespace {

// The most that a session may keep, so that no output is dropped.
constexpr int64_t kOutputBytes = 16 << 20;
// Each cell's output takes new memory until the history of its session is full.
constexpr int kOutputWarmUps = 5;
// 15.7 MB in all.
constexpr int kPrintedBytes = 15 << 20;

// Measures a cell that prints chunks of that size, and a bare stream of as many such messages.
CellTiming PrintChunks(const std::string& name, int chunk_bytes, const std::string& session,
                       EchoClient* echo, InterpreterClient* carrel, Report* report) {
  const int count = kPrintedBytes / chunk_bytes;
  const CellTiming cell =
      carrel->Execute(session, absl::StrCat("chunk = 'x' * ", chunk_bytes - 1, "\nfor _ in range(",
                                            count, "): print(chunk)"));
  Record(absl::StrCat(name, " stdout MB/s"), MegabytesPerSecond(cell.stdout_bytes, cell.total),
         report);
  const double bare = echo->Stream(count, chunk_bytes);
  Record(absl::StrCat(name, " stream MB/s"), MegabytesPerSecond(kPrintedBytes, bare), report);
  return cell;
}

void OneOutput(const std::string& session, EchoClient* echo, InterpreterClient* carrel,
               Report* report) {
  PrintChunks("large", 32 << 10, session, echo, carrel, report);
  const CellTiming cell = PrintChunks("small", 1 << 10, session, echo, carrel, report);
  // carreld joins small prints, so this streams the same bytes in as many messages as carreld has
  // sent.
  const int events = std::max(1, cell.stdout_events);
  const int64_t piece = cell.stdout_bytes / events;
  const double bare = echo->Stream(events, static_cast<int>(piece));
  Record("joined stream MB/s", MegabytesPerSecond(piece * events, bare), report);
  (*report->mutable_facts())["events"] = events;
  (*report->mutable_facts())["event_bytes"] = static_cast<double>(piece);
}

// Flushes the disk's dirty pages, so that no measurement pays for another's file.
void Reconcile(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  syncfs(fd);
  close(fd);
}

// Fills as much of the page cache and frees it again. A virtual machine may return memory that has
// been free for some seconds to its host, and the next writer then waits for each page. The bare
// server, which truncates its old file first, has such pages ready; carreld, which writes the new
// file beside the old, has not.
void FreshenMemory(const std::string& folder, int64_t bytes) {
  const int fd = open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
  if (fd < 0) return;
  const std::string chunk(1 << 20, 'x');
  for (int64_t written = 0; written < bytes;) {
    const ssize_t count = write(fd, chunk.data(), chunk.size());
    if (count <= 0) break;  // The disk is full; the measurement will fail, too.
    written += count;
  }
  close(fd);
}

}  // namespace

void MeasureOutput(const std::string& image, int iterations, EchoClient* echo,
                   InterpreterClient* carrel, Report* report) {
  v1::Limits limits;
  limits.set_output_bytes(kOutputBytes);
  const std::string session = carrel->Create(image, limits).name;
  Report warm_up;
  for (int i = 0; i < kOutputWarmUps; ++i) OneOutput(session, echo, carrel, &warm_up);
  for (int i = 0; i < iterations; ++i) OneOutput(session, echo, carrel, report);
  carrel->Delete(session);
}

void MeasureFiles(const std::string& image, int iterations, int64_t bytes,
                  const std::string& folder, EchoClient* echo, InterpreterClient* carrel,
                  Report* report) {
  v1::Limits limits;
  // A file is replaced by a new one that exists beside it until it is complete.
  limits.set_workspace_bytes(3 * bytes);
  const std::string session = carrel->Create(image, limits).name;
  Progress progress("rounds", iterations);
  // The first round is a warm-up. The two servers alternate in going first, since the first to
  // write may find more of the page cache free.
  for (int i = 0; i <= iterations; ++i) {
    Report discarded;
    Report* counted = i == 0 ? &discarded : report;
    const auto record = [&](const char* name, double milliseconds) {
      Record(name, MegabytesPerSecond(bytes, milliseconds), counted);
      Reconcile(folder);
    };
    const auto upload = [&] {
      FreshenMemory(folder, bytes);
      record("upload MB/s", echo->Upload(bytes));
    };
    Reconcile(folder);
    if (i % 2 == 0) upload();
    FreshenMemory(folder, bytes);
    record("write MB/s", carrel->WriteFile(session, bytes));
    if (i % 2 != 0) upload();
    if (i % 2 == 0) record("download MB/s", echo->Download(bytes));
    record("read MB/s", carrel->ReadFile(session, bytes));
    if (i % 2 != 0) record("download MB/s", echo->Download(bytes));
    progress.Notify(i);
  }
  carrel->Delete(session);
}

}  // namespace carrel::bench
