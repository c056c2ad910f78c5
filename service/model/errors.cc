#include "service/model/errors.h"

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace carrel {
namespace {

constexpr absl::string_view kDomain = "carrel.v1";
constexpr absl::string_view kErrorInfoUrl = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr absl::string_view kRetryInfoUrl = "type.googleapis.com/google.rpc.RetryInfo";

using Metadata = std::initializer_list<std::pair<absl::string_view, absl::string_view>>;

absl::Status Make(absl::StatusCode code, absl::string_view message, absl::string_view reason,
                  Metadata metadata) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain(std::string(kDomain));
  for (const auto& [key, value] : metadata)
    (*info.mutable_metadata())[std::string(key)] = std::string(value);
  absl::Status status(code, message);
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  return status;
}

absl::Status WithRetry(absl::Status status, absl::Duration delay) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(delay));
  retry.mutable_retry_delay()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(delay % absl::Seconds(1))));
  status.SetPayload(kRetryInfoUrl, absl::Cord(retry.SerializeAsString()));
  return status;
}

absl::Status NotFound(absl::string_view what, absl::string_view name, absl::string_view reason) {
  return Make(absl::StatusCode::kNotFound, absl::StrCat(what, " \"", name, "\" was not found"),
              reason, {{"resource", name}});
}

}  // namespace

absl::Status InvalidField(absl::string_view field, absl::string_view why) {
  return Make(absl::StatusCode::kInvalidArgument, absl::StrCat(field, " ", why), "INVALID_FIELD",
              {{"field", field}});
}

absl::Status SessionNotFound(absl::string_view name) {
  return NotFound("session", name, "SESSION_NOT_FOUND");
}

absl::Status ExecutionNotFound(absl::string_view name) {
  return NotFound("execution", name, "EXECUTION_NOT_FOUND");
}

absl::Status FileNotFound(absl::string_view name) {
  return NotFound("file", name, "FILE_NOT_FOUND");
}

absl::Status ImageForgotten(absl::string_view name) {
  return Make(absl::StatusCode::kNotFound,
              absl::StrCat("the image \"", name,
                           "\" is not kept any more: of all that a session displays the newest "
                           "are, as many as its limits allow"),
              "FILE_NOT_FOUND", {{"resource", name}});
}

absl::Status ImageNotFound(absl::string_view image) {
  return NotFound("image", image, "IMAGE_NOT_FOUND");
}

absl::Status SessionExists(absl::string_view name) {
  return Make(absl::StatusCode::kAlreadyExists,
              absl::StrCat("session \"", name, "\" exists already"), "SESSION_EXISTS",
              {{"resource", name}});
}

absl::Status ExecutionExists(absl::string_view name) {
  return Make(absl::StatusCode::kAlreadyExists,
              absl::StrCat("execution \"", name, "\" exists already"), "EXECUTION_EXISTS",
              {{"resource", name}});
}

absl::Status QueueFull(absl::string_view session, int limit) {
  return WithRetry(
      Make(absl::StatusCode::kResourceExhausted,
           absl::StrCat(limit, " executions wait in session \"", session,
                        "\" already; try again when one has finished"),
           "QUEUE_FULL",
           {{"resource", session}, {"limit", "max_queue_length"}, {"value", absl::StrCat(limit)}}),
      absl::Seconds(1));
}

absl::Status TooManySessions(int limit) {
  return WithRetry(
      Make(absl::StatusCode::kResourceExhausted,
           absl::StrCat(limit, " sessions are open already; delete one or try again later"),
           "TOO_MANY_SESSIONS", {{"limit", "max_session_count"}, {"value", absl::StrCat(limit)}}),
      absl::Seconds(5));
}

absl::Status TooManyTransfers(size_t limit) {
  return WithRetry(
      Make(
          absl::StatusCode::kResourceExhausted,
          absl::StrCat(limit, " uploads and downloads are under way; try again when one has ended"),
          "TOO_MANY_TRANSFERS", {{"value", absl::StrCat(limit)}}),
      absl::Seconds(1));
}

absl::Status UploadBroken(absl::string_view name, absl::string_view why) {
  return Make(absl::StatusCode::kAborted, absl::StrCat("upload of \"", name, "\": ", why),
              "UPLOAD_BROKEN", {{"resource", name}});
}

absl::Status SessionDeleted(absl::string_view name) {
  return Make(absl::StatusCode::kAborted,
              absl::StrCat("session \"", name, "\" was deleted meanwhile"), "SESSION_DELETED",
              {{"resource", name}});
}

absl::Status EventsForgotten() {
  return Make(absl::StatusCode::kAborted,
              "the execution was forgotten while its events were being read", "EVENTS_FORGOTTEN",
              {});
}

absl::Status OffsetBeyondEnd(absl::string_view name, int64_t size) {
  return Make(
      absl::StatusCode::kOutOfRange,
      absl::StrCat("offset_bytes is beyond the end of \"", name, "\", which has ", size, " bytes"),
      "OFFSET_BEYOND_END", {{"field", "offset_bytes"}, {"resource", name}});
}

absl::Status ShuttingDown() {
  return WithRetry(
      Make(absl::StatusCode::kUnavailable, "the server is shutting down", "SHUTTING_DOWN", {}),
      absl::Seconds(5));
}

absl::Status InterpreterUnavailable(absl::string_view why) {
  return WithRetry(
      Make(absl::StatusCode::kUnavailable, absl::StrCat("no interpreter can be started now: ", why),
           "INTERPRETER_UNAVAILABLE", {}),
      absl::Seconds(2));
}

absl::Status ServerError(absl::string_view why) {
  return Make(absl::StatusCode::kInternal, why, "SERVER_ERROR", {});
}

absl::Status FileError(const absl::Status& status, absl::string_view name) {
  // Messages of sandbox/ start with the path within the workspace, which `name` contains already.
  absl::string_view rest = status.message();
  const size_t colon = rest.find(": ");
  if (colon != absl::string_view::npos && absl::EndsWith(name, rest.substr(0, colon)))
    rest.remove_prefix(colon + 2);
  const std::string message(rest);
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return status;
    case absl::StatusCode::kNotFound:
      return FileNotFound(name);
    case absl::StatusCode::kResourceExhausted:
      return Make(status.code(), absl::StrCat("\"", name, "\": ", message), "WORKSPACE_QUOTA",
                  {{"resource", name}, {"limit", "workspace_bytes"}});
    case absl::StatusCode::kFailedPrecondition:
      return Make(status.code(), absl::StrCat("\"", name, "\": ", message), "NOT_A_REGULAR_FILE",
                  {{"resource", name}});
    case absl::StatusCode::kAborted:
      return UploadBroken(name, message);
    case absl::StatusCode::kInvalidArgument:
      return InvalidField("name", message);
    case absl::StatusCode::kUnavailable:
      return WithRetry(Make(status.code(), absl::StrCat("\"", name, "\": ", message), "FILE_BUSY",
                            {{"resource", name}}),
                       absl::Seconds(1));
    default:
      return ServerError(absl::StrCat("\"", name, "\": ", message));
  }
}

absl::Duration RetryDelayOf(const absl::Status& status) {
  auto payload = status.GetPayload(kRetryInfoUrl);
  google::rpc::RetryInfo retry;
  if (!payload || !retry.ParseFromString(std::string(*payload))) return absl::ZeroDuration();
  return absl::Seconds(retry.retry_delay().seconds()) +
         absl::Nanoseconds(retry.retry_delay().nanos());
}

google::rpc::Status DetailsOf(const absl::Status& status) {
  if (!status.GetPayload(kErrorInfoUrl)) return DetailsOf(ServerError(status.ToString()));
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  // ErrorInfo comes first: absl keeps payloads in no particular order.
  for (absl::string_view url : {kErrorInfoUrl, kRetryInfoUrl}) {
    auto payload = status.GetPayload(url);
    if (!payload) continue;
    google::protobuf::Any* any = details.add_details();
    any->set_type_url(std::string(url));
    any->set_value(std::string(*payload));
  }
  return details;
}

}  // namespace carrel
