// What a request must be like before anything is done with it. Pure functions;
// their errors are INVALID_ARGUMENT and name the field.
#ifndef CARREL_SERVICE_REQUESTS_VALIDATION_H_
#define CARREL_SERVICE_REQUESTS_VALIDATION_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "service/requests/session_filter.h"

namespace carrel {

// [a-z]([a-z0-9_-]*), at most 63 bytes.
bool IsLabelKey(absl::string_view key);

// An id that a caller chose; empty is fine.
absl::Status CheckChosenId(absl::string_view field, absl::string_view id);

absl::Status CheckLabels(absl::string_view field, const Labels& labels);

// The variables, sorted by name.
using Environment = std::vector<std::pair<std::string, std::string>>;
absl::StatusOr<Environment> ParseEnvironment(
    absl::string_view field, const google::protobuf::Map<std::string, std::string>& variables);

// UTF-8, without NUL, at most `max_bytes`. Empty is fine.
absl::Status CheckCode(absl::string_view code, int64_t max_bytes);

// At most a week. Unset or 0: `fallback`.
absl::StatusOr<absl::Duration> ParseIdleTimeout(const v1::Session& session,
                                                absl::Duration fallback);

// The paths of an update mask, each of them known; not empty.
absl::StatusOr<std::vector<std::string>> ParseUpdateMask(const google::protobuf::FieldMask& mask);

// Not negative, and no sum of them overflows.
absl::Status CheckRange(int64_t offset_bytes, int64_t limit_bytes);

absl::Status CheckWriteSpec(const v1::WriteFileSpec& spec);

}  // namespace carrel

#endif  // CARREL_SERVICE_REQUESTS_VALIDATION_H_
