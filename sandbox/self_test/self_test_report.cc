#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sandbox/self_test/self_test.h"

namespace carrel {

std::string FormatIsolationReport(const IsolationReport& report) {
  std::string text = absl::StrCat("isolation mode: ", report.isolation_mode, "\n");
  for (const GuaranteeReport& guarantee : report.guarantees) {
    absl::StrAppend(&text, guarantee.id, "  ", guarantee.held() ? "held    " : "NOT HELD", "  ",
                    guarantee.description, "\n");
    for (const HolderReport& holder : guarantee.holders)
      absl::StrAppend(&text, absl::StrFormat("      %s %-18s %s\n", holder.proved ? "+" : "-",
                                             holder.mechanism, holder.evidence));
  }
  for (const std::string& control : report.broken_controls)
    absl::StrAppend(&text, "A guest cannot do what it must: ", control, "\n");
  return text;
}

}  // namespace carrel
