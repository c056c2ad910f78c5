// The errors that callers see. Everything in service/ passes absl::Status around; only rpc/wire.h
// makes a grpc::Status.
//
// An error made here carries a google.rpc.ErrorInfo (and a RetryInfo where waiting helps) as
// payloads; docs/api.md lists the reasons.
#ifndef CARREL_SERVICE_MODEL_ERRORS_H_
#define CARREL_SERVICE_MODEL_ERRORS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/rpc/status.pb.h"

namespace carrel {

// INVALID_ARGUMENT, reason INVALID_FIELD. `why` completes the sentence that
// starts with the field's path: InvalidField("code", "is empty").
absl::Status InvalidField(absl::string_view field, absl::string_view why);

// These return NOT_FOUND and name the resource.
absl::Status SessionNotFound(absl::string_view name);
absl::Status ExecutionNotFound(absl::string_view name);
absl::Status FileNotFound(absl::string_view name);
// The image was there, but was deleted to make room for newer ones.
absl::Status ImageForgotten(absl::string_view name);
absl::Status ImageNotFound(absl::string_view image);

// ALREADY_EXISTS.
absl::Status SessionExists(absl::string_view name);
absl::Status ExecutionExists(absl::string_view name);

// RESOURCE_EXHAUSTED, with retry info.
absl::Status QueueFull(absl::string_view session, int limit);
absl::Status TooManySessions(int limit);
absl::Status TooManyTransfers(size_t limit);

// ABORTED: an upload that cannot become a file.
absl::Status UploadBroken(absl::string_view name, absl::string_view why);
// ABORTED: the session was deleted while the call was under way.
absl::Status SessionDeleted(absl::string_view name);
// ABORTED: a stream of events was read so slowly that the events are no longer kept.
absl::Status EventsForgotten();
// OUT_OF_RANGE: a read starts beyond the end.
absl::Status OffsetBeyondEnd(absl::string_view name, int64_t size);
// UNAVAILABLE, with retry info: the server is shutting down.
absl::Status ShuttingDown();
// UNAVAILABLE, with retry info: no interpreter can be started at present.
absl::Status InterpreterUnavailable(absl::string_view why);
// INTERNAL: a fault of the server.
absl::Status ServerError(absl::string_view why);

// Converts an error of sandbox/files/workspace.h for the file `name`.
absl::Status FileError(const absl::Status& status, absl::string_view name);

// The time in the error's RetryInfo; zero if it has none.
absl::Duration RetryDelayOf(const absl::Status& status);

// Returns code, message and details of an error, for the wire. An error without ErrorInfo gets
// reason SERVER_ERROR.
google::rpc::Status DetailsOf(const absl::Status& status);

}  // namespace carrel

#endif  // CARREL_SERVICE_MODEL_ERRORS_H_
