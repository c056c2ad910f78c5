// Checks of a request before it is acted on. Pure functions; their errors are INVALID_ARGUMENT and
// name the field.
#ifndef CARREL_SERVICE_RPC_VALIDATION_H_
#define CARREL_SERVICE_RPC_VALIDATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "service/model/labels.h"

namespace carrel {

// Checks an id that a caller chose; empty is valid.
absl::Status CheckChosenId(absl::string_view field, absl::string_view id);

absl::Status CheckLabels(absl::string_view field, const Labels& labels);

absl::StatusOr<Environment> ParseEnvironment(
    absl::string_view field, const google::protobuf::Map<std::string, std::string>& variables);

// Checks that `code` is UTF-8, without NUL, and at most `max_bytes` long. Empty is valid.
absl::Status CheckCode(absl::string_view code, int64_t max_bytes);

// Returns an idle timeout of at most a week; `fallback` if unset or 0.
absl::StatusOr<absl::Duration> ParseIdleTimeout(const v1::Session& session,
                                                absl::Duration fallback);

// Returns the paths of an update mask, each of them known; the mask must not be empty.
absl::StatusOr<std::vector<std::string>> ParseUpdateMask(const google::protobuf::FieldMask& mask);

// Checks that both are not negative and their sum does not overflow.
absl::Status CheckRange(int64_t offset_bytes, int64_t limit_bytes);

absl::Status CheckWriteSpec(const v1::WriteFileSpec& spec);

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_VALIDATION_H_
