// The filter of ListSessions.
#ifndef CARREL_SERVICE_MODEL_SESSION_FILTER_H_
#define CARREL_SERVICE_MODEL_SESSION_FILTER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "service/model/labels.h"

namespace carrel {

// A conjunction of conditions on labels.
class SessionFilter {
 public:
  // Parses terms joined by " AND ": labels.KEY = "VALUE" or labels.KEY:*, where a quote or a
  // backslash in VALUE is escaped by a backslash. Empty text matches all. INVALID_ARGUMENT naming
  // `filter`.
  static absl::StatusOr<SessionFilter> Parse(absl::string_view text);

  bool Matches(const Labels& labels) const;

 private:
  struct Term {
    std::string key;
    absl::optional<std::string> value;  // Matches any value if unset.
  };
  std::vector<Term> terms_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_MODEL_SESSION_FILTER_H_
