// The limits of sessions: built-in defaults, checks, and how a request, an image and the server's
// maximum combine.
#ifndef CARREL_SERVICE_MODEL_LIMITS_H_
#define CARREL_SERVICE_MODEL_LIMITS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "sandbox/limits.h"

namespace carrel {

// The most that a session may ask for if the configuration sets no maximum.
v1::Limits DefaultMaxLimits();
// The largest values there are.
v1::Limits UnboundedLimits();
// The limits of a session if neither it nor its image sets them.
v1::Limits DefaultSessionLimits();

// Returns OK if no field of `limits` is negative or over `max`; otherwise INVALID_ARGUMENT naming
// e.g. "session.limits.memory_bytes" (`prefix` is "session.limits").
absl::Status CheckLimits(absl::string_view prefix, const v1::Limits& limits, const v1::Limits& max);

// Returns `limits` with unset fields taken from `fallback`.
v1::Limits WithFallback(const v1::Limits& limits, const v1::Limits& fallback);
// Returns `limits` with no field above that of `max`.
v1::Limits ClampedTo(const v1::Limits& limits, const v1::Limits& max);

SandboxLimits ToSandboxLimits(const v1::Limits& limits);

// Parses a well-formed Duration that is not negative and at most `max`; otherwise INVALID_ARGUMENT
// naming `field`.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view field,
                                             const google::protobuf::Duration& proto,
                                             absl::Duration max);

}  // namespace carrel

#endif  // CARREL_SERVICE_MODEL_LIMITS_H_
