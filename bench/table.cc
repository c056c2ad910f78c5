#include "table.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace carrel::bench {
namespace {

// Enough digits to compare, no more.
std::string Number(double value) {
  return value < 10 ? absl::StrFormat("%.3f", value) : absl::StrFormat("%.1f", value);
}

std::string Row(const Measurement& row) {
  const std::string ratio =
      row.has_ratio() ? absl::StrFormat("%8.2f x %s", row.ratio(), row.ratio_to()) : "";
  return absl::StrFormat("%-46s %-4s %5d %9s %9s %9s %s\n", row.name(), row.unit(), row.count(),
                         row.has_min() ? Number(row.min()) : "-", Number(row.median()),
                         row.has_p99() ? Number(row.p99()) : "-", ratio);
}

std::string FigureRow(const Figure& figure) {
  std::string value = figure.has_value() ? Number(figure.value()) : "absent: " + figure.absent();
  if (figure.has_p99()) absl::StrAppend(&value, ", p99 ", Number(figure.p99()));
  std::string goal =
      absl::StrCat(figure.better() == "lower" ? "<= " : ">= ", Number(figure.goal()));
  if (figure.has_p99_goal()) absl::StrAppend(&goal, ", p99 <= ", Number(figure.p99_goal()));
  const char* met = !figure.has_met() ? "" : figure.met() ? " - met" : " - not met";
  return absl::StrFormat("(%s) %s: %s %s (goal %s)%s\n", figure.id(), figure.name(), value,
                         figure.has_value() ? figure.unit() : "", goal, met);
}

}  // namespace

std::string FormatTable(const Report& report) {
  const Machine& machine = report.machine();
  std::string table = absl::StrFormat(
      "%s, carrel %s, gRPC %s, %s\n%s, %d cores, %.1f GiB, %s; load %.2f before, %.2f after\n\n",
      machine.time(), machine.carrel_version(), machine.grpc_version(), machine.transport(),
      machine.cpu(), machine.cores(), machine.memory_gib(), machine.kernel(), machine.load_before(),
      machine.load_after());
  absl::StrAppendFormat(&table, "%-46s %-4s %5s %9s %9s %9s\n", "what", "unit", "n", "min",
                        "median", "p99");
  for (const Measurement& row : report.measurements()) absl::StrAppend(&table, Row(row));
  absl::StrAppend(&table, "\n");
  for (const Figure& figure : report.figures()) absl::StrAppend(&table, FigureRow(figure));
  return table;
}

}  // namespace carrel::bench
