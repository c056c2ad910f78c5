#include "figures.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace carrel::bench {
namespace {

constexpr char kPrint[] = "print(1+1)";

Measurement* AddRow(const Measurement& row, Report* report) {
  *report->add_measurements() = row;
  return report->mutable_measurements(report->measurements_size() - 1);
}

Figure* AddFigure(const char* id, const char* name, const char* unit, const char* better,
                  double goal, Report* report) {
  Figure* figure = report->add_figures();
  figure->set_id(id);
  figure->set_name(name);
  figure->set_unit(unit);
  figure->set_better(better);
  figure->set_goal(goal);
  return figure;
}

// Median and p99 of `measured`, both against the median of `baseline`.
void SetRatio(const Measurement& measured, const Measurement& baseline, double p99_goal,
              Figure* figure) {
  *figure->mutable_measured() = measured;
  *figure->mutable_baseline() = baseline;
  figure->set_value(measured.median() / baseline.median());
  figure->set_p99_goal(p99_goal);
  bool met = figure->value() <= figure->goal();
  if (measured.has_p99()) {
    figure->set_p99(measured.p99() / baseline.median());
    met = met && figure->p99() <= p99_goal;
  }
  figure->set_met(met);
}

void AddCellRows(const std::string& image, const CellSamples& cell, const Measurement& stream,
                 Report* report) {
  const std::string name = absl::StrCat(image, ": ", kPrint, " warm");
  AddRow(cell.first_stdout.Summary(name + ", first stdout", "ms", &stream), report);
  AddRow(cell.to_started.Summary("  call to `started` in the server"), report);
  AddRow(cell.to_stdout.Summary("  `started` to `stdout` in the server"), report);
  AddRow(cell.to_finished.Summary("  `stdout` to `finished` in the server"), report);
  AddRow(cell.to_caller.Summary("  `finished` to the caller's status"), report);
  AddRow(cell.cpu.Summary("  CPU time of the session, by Usage"), report);
}

// Returns the rows that figures a and b count.
std::pair<Measurement, Measurement> AddImageRows(const ImageLatency& latency,
                                                 const Measurement& unary,
                                                 const Measurement& stream, Report* report) {
  const std::string& image = latency.image;
  const Measurement create = latency.create.Summary(image + ": CreateSession", "ms", &unary);
  const Measurement warm =
      latency.warm.total.Summary(absl::StrCat(image, ": ", kPrint, " warm"), "ms", &stream);
  AddRow(create, report);
  AddRow(latency.first_cell.Summary(absl::StrCat(image, ": ", kPrint, ", 1st cell"), "ms", &stream),
         report);
  AddRow(
      latency.second_cell.Summary(absl::StrCat(image, ": ", kPrint, ", 2nd cell"), "ms", &stream),
      report);
  AddRow(latency.delete_session.Summary(image + ": DeleteSession", "ms", &unary), report);
  AddRow(warm, report);
  AddCellRows(image, latency.warm, stream, report);
  return {create, warm};
}

void AddPandasRows(const PandasLatency& pandas, const Measurement& unary, const Measurement& stream,
                   Report* report) {
  AddRow(pandas.first_stdout.Summary("zero to first pandas output", "ms", &unary), report);
  const Measurement first =
      *AddRow(pandas.first_result.Summary("zero to first pandas result", "ms", &unary), report);
  AddRow(pandas.first_cell.Summary("  of it, the cell", "ms", &stream), report);
  AddRow(pandas.second_cell.Summary("second pandas cell", "ms", &stream), report);
  Figure* figure = AddFigure("c", "a session and its first pandas result against a Jupyter kernel",
                             "times faster", "higher", 100, report);
  *figure->mutable_measured() = first;
  figure->set_absent("a Jupyter kernel is not measured yet");
}

}  // namespace

void ReportLatency(const Latency& latency, Report* report) {
  const Measurement unary = latency.unary.Summary("bare unary call");
  const Measurement stream = latency.stream.Summary("bare 3-message server stream");
  AddRow(unary, report);
  AddRow(stream, report);
  std::pair<Measurement, Measurement> last;
  for (const ImageLatency& image : latency.images)
    last = AddImageRows(image, unary, stream, report);
  SetRatio(last.first, unary, 8,
           AddFigure("a", "CreateSession against a bare unary call", "ratio", "lower", 2, report));
  SetRatio(last.second, stream, 5,
           AddFigure("b", "print(1+1) in a warm session against a bare 3-message server stream",
                     "ratio", "lower", 2, report));
  AddPandasRows(latency.pandas, unary, stream, report);
}

void ReportMemory(const std::vector<IdleMemory>& memories, Report* report) {
  for (const IdleMemory& memory : memories) {
    const std::string cell = memory.code == kPrint ? kPrint : "pandas cell";
    const std::string name =
        absl::StrFormat("%s: idle after %s (N=%d)", memory.image, cell, memory.sessions);
    AddRow(memory.taken.Summary(name, "MiB"), report);
    AddRow(memory.kept.Summary("  not given back after DeleteSession", "MiB"), report);
    for (const auto& [kind, kib] : memory.kib_by_kind)
      if (kib.Median() >= 1) AddRow(kib.Summary("  " + kind, "KiB"), report);
  }
  Figure* figure =
      AddFigure("h", "memory of one more idle session after one cell", "MiB", "lower", 3, report);
  const IdleMemory& counted = memories.front();
  *figure->mutable_measured() = counted.taken.Summary("MemAvailable per session", "MiB");
  if (counted.Disturbed()) {
    figure->set_absent("MemAvailable did not return to where it was: others worked, or a leak");
  } else {
    figure->set_value(counted.taken.Median());
    figure->set_met(figure->value() <= figure->goal());
  }
  figure->set_note(absl::StrFormat("over %d sessions of %s that ran %s", counted.sessions,
                                   counted.image, counted.code));
}

void ReportThroughput(const Throughput& throughput, Report* report) {
  const std::string pieces =
      absl::StrFormat("%d x %.0f B", throughput.events, throughput.event_bytes);
  const Measurement bare =
      *AddRow(throughput.bare_stream.Summary("bare stream, " + pieces, "MB/s"), report);
  AddRow(throughput.stdout_cell.Summary("stdout of a printing cell", "MB/s", &bare), report);
  AddRow(throughput.write_file.Summary("WriteFile", "MB/s"), report);
  AddRow(throughput.read_file.Summary("ReadFile", "MB/s"), report);
}

}  // namespace carrel::bench
