// Arbitrary bytes as each request, parsed and validated in the order in which the RPCs do it.
// Input: one byte that says which request, one that says how the bytes are cut into slices, then
// the bytes.
#include <google/protobuf/stubs/common.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/empty.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/model/errors.h"
#include "service/model/limits.h"
#include "service/model/page_token.h"
#include "service/model/resource_name.h"
#include "service/model/session_filter.h"
#include "service/model/time_proto.h"
#include "service/rpc/validation.h"
#include "service/rpc/wire.h"
#include "tests/fuzz/fuzz_input.h"

namespace carrel {
namespace {

constexpr int64_t kMaxCodeBytes = 512 << 10;
// gRPC sends message and details in a header of at most 8 KiB, the message with up to
// three bytes for one and the details in base64.
constexpr size_t kMostMessageBytes = 1400;
constexpr size_t kMostDetailBytes = 3200;

// Checks an error that a caller may get: its code, and details that agree with it.
absl::Status CheckStatus(const absl::Status& status) {
  const grpc::Status rpc = ToRpcStatus(status);
  FUZZ_CHECK(static_cast<int>(rpc.error_code()) == static_cast<int>(status.code()));
  if (status.ok()) return status;
  FUZZ_CHECK(absl::IsInvalidArgument(status));
  FUZZ_CHECK(rpc.error_message() == status.message());
  FUZZ_CHECK(!rpc.error_message().empty() && IsValidUtf8(rpc.error_message()));
  FUZZ_CHECK(rpc.error_message().size() <= kMostMessageBytes);
  FUZZ_CHECK(rpc.error_details().size() <= kMostDetailBytes);
  google::rpc::Status details;
  FUZZ_CHECK(details.ParseFromString(rpc.error_details()));
  FUZZ_CHECK(details.code() == rpc.error_code() && details.message() == rpc.error_message());
  FUZZ_CHECK(details.details_size() == 1);
  google::rpc::ErrorInfo info;
  FUZZ_CHECK(details.details(0).UnpackTo(&info));
  FUZZ_CHECK(info.domain() == "carrel.v1" && info.reason() == "INVALID_FIELD");
  // The sentence starts with the field.
  const std::string& field = info.metadata().at("field");
  FUZZ_CHECK(!field.empty() && absl::StartsWith(rpc.error_message(), field + " "));
  return status;
}

template <typename T>
bool IsGood(const absl::StatusOr<T>& result) {
  return CheckStatus(result.status()).ok();
}
bool IsGood(const absl::Status& status) { return CheckStatus(status).ok(); }

// ------------------------------------------------------------------ fields

void CheckSessionName(absl::string_view field, const std::string& name) {
  absl::StatusOr<std::string> id = ParseSessionName(field, name);
  if (IsGood(id)) FUZZ_CHECK(IsResourceId(*id) && SessionNameOf(*id) == name);
}

void CheckExecutionName(const std::string& name) {
  absl::StatusOr<ExecutionName> parsed = ParseExecutionName("name", name);
  if (IsGood(parsed)) FUZZ_CHECK(ExecutionNameOf(parsed->session, parsed->execution) == name);
}

void CheckFileName(const std::string& name, bool workspace_only) {
  auto parsed = workspace_only ? ParseWorkspaceFileName("name", name) : ParseFileName("name", name);
  if (!IsGood(parsed)) return;
  FUZZ_CHECK(ToString(*parsed) == name);
  FUZZ_CHECK(!workspace_only || parsed->path.has_value());
  // The error for a missing file quotes its name, which must fit too.
  const grpc::Status missing = ToRpcStatus(FileNotFound(name));
  FUZZ_CHECK(missing.error_code() == grpc::StatusCode::NOT_FOUND);
  FUZZ_CHECK(missing.error_message().size() <= kMostMessageBytes);
  FUZZ_CHECK(missing.error_details().size() <= kMostDetailBytes);
}

void CheckDuration(absl::Duration value, absl::Duration most) {
  FUZZ_CHECK(value >= absl::ZeroDuration() && value <= most);
  FUZZ_CHECK(FromProto(ToProto(value)) == value);
}

void CheckSessionLimits(const v1::Limits& limits) {
  const v1::Limits most = DefaultMaxLimits();
  if (!IsGood(CheckLimits("session.limits", limits, most))) return;
  const v1::Limits full = WithFallback(limits, ClampedTo(DefaultSessionLimits(), most));
  FUZZ_CHECK(CheckLimits("session.limits", full, most).ok());
  const SandboxLimits result = ToSandboxLimits(full);
  FUZZ_CHECK(result.memory_bytes > 0 && result.process_count > 0 && result.cpu_count > 0);
  FUZZ_CHECK(result.workspace_bytes > 0 && result.workspace_file_count > 0);
  FUZZ_CHECK(result.temporary_bytes > 0 && result.open_file_count > 0);
  FUZZ_CHECK(full.output_bytes() > 0 && full.display_bytes() > 0);
  CheckDuration(FromProto(full.execution_timeout()), FromProto(most.execution_timeout()));
  FUZZ_CHECK(FromProto(full.execution_timeout()) > absl::ZeroDuration());
}

void CheckSessionFields(const v1::Session& session) {
  if (IsGood(CheckLabels("session.labels", session.labels()))) {
    FUZZ_CHECK(session.labels().size() <= 64);
    for (const auto& [key, value] : session.labels())
      FUZZ_CHECK(IsLabelKey(key) && key.size() <= 63 && value.size() <= 63);
  }
  CheckSessionLimits(session.limits());
  absl::StatusOr<absl::Duration> idle = ParseIdleTimeout(session, absl::Hours(1));
  if (IsGood(idle)) {
    CheckDuration(*idle, absl::Hours(24 * 7));
    FUZZ_CHECK(*idle > absl::ZeroDuration());
  }
}

void CheckEnvironment(const v1::Session& session) {
  absl::StatusOr<Environment> environment = ParseEnvironment("session.env", session.env());
  if (!IsGood(environment)) return;
  FUZZ_CHECK(environment->size() == session.env().size() && environment->size() <= 64);
  size_t total = 0;
  const std::string* previous = nullptr;
  for (const auto& [name, value] : *environment) {
    FUZZ_CHECK(previous == nullptr || *previous < name);
    FUZZ_CHECK(name != "HOME" && !absl::StartsWith(name, "LD_"));
    FUZZ_CHECK(!absl::StartsWith(name, "PYTHON"));
    FUZZ_CHECK(!absl::StrContains(name, '=') && !absl::StrContains(name, '\0'));
    FUZZ_CHECK(!absl::StrContains(value, '\0'));
    total += name.size() + value.size();
    previous = &name;
  }
  FUZZ_CHECK(total <= 32 << 10);
}

void CheckPage(const std::string& token, int32_t page_size, const std::string& question) {
  absl::StatusOr<int> size = EffectivePageSize(page_size);
  if (IsGood(size)) FUZZ_CHECK(*size >= 1 && *size <= 1000);
  absl::StatusOr<std::string> position = ReadPageToken(token, question);
  if (!IsGood(position) || position->empty()) return;
  FUZZ_CHECK(IsValidUtf8(*position));
  const std::string again = MakePageToken(*position, question);
  FUZZ_CHECK(ReadPageToken(again, question).value() == *position);
  FUZZ_CHECK(!ReadPageToken(again, question + "?").ok());
}

// ---------------------------------------------------------------- requests

void Check(const v1::CreateSessionRequest& request) {
  if (IsGood(CheckChosenId("session_id", request.session_id())))
    FUZZ_CHECK(request.session_id().empty() || IsResourceId(request.session_id()));
  CheckSessionFields(request.session());
  CheckEnvironment(request.session());
}
void Check(const v1::GetSessionRequest& request) { CheckSessionName("name", request.name()); }
void Check(const v1::ListSessionsRequest& request) {
  absl::StatusOr<SessionFilter> filter = SessionFilter::Parse(request.filter());
  if (IsGood(filter)) {
    const bool is_empty = absl::StripAsciiWhitespace(request.filter()).empty();
    FUZZ_CHECK(filter->Matches({}) == is_empty);
  }
  CheckPage(request.page_token(), request.page_size(), absl::StrCat("sessions?", request.filter()));
}
void Check(const v1::UpdateSessionRequest& request) {
  CheckSessionName("session.name", request.session().name());
  absl::StatusOr<std::vector<std::string>> paths = ParseUpdateMask(request.update_mask());
  if (IsGood(paths)) {
    static const auto& known =
        *new std::set<std::string>{"labels", "idle_timeout", "limits.execution_timeout",
                                   "limits.output_bytes", "limits.display_bytes"};
    FUZZ_CHECK(!paths->empty());
    for (const std::string& path : *paths) FUZZ_CHECK(known.count(path) == 1);
  }
  CheckSessionFields(request.session());
}
void Check(const v1::DeleteSessionRequest& request) { CheckSessionName("name", request.name()); }
void Check(const v1::ExecuteRequest& request) {
  CheckSessionName("session", request.session());
  IsGood(CheckChosenId("execution_id", request.execution_id()));
  if (IsGood(CheckCode(request.code(), kMaxCodeBytes))) {
    FUZZ_CHECK(static_cast<int64_t>(request.code().size()) <= kMaxCodeBytes);
    FUZZ_CHECK(!absl::StrContains(request.code(), '\0') && IsValidUtf8(request.code()));
  }
  auto timeout = ParseDuration("timeout", request.timeout(), absl::Hours(1));
  if (IsGood(timeout)) CheckDuration(*timeout, absl::Hours(1));
}
void Check(const v1::WatchExecutionRequest& request) { CheckExecutionName(request.name()); }
void Check(const v1::CancelExecutionRequest& request) { CheckExecutionName(request.name()); }
void Check(const v1::GetExecutionRequest& request) { CheckExecutionName(request.name()); }
void Check(const v1::ListExecutionsRequest& request) {
  CheckSessionName("parent", request.parent());
  CheckPage(request.page_token(), request.page_size(),
            absl::StrCat(request.parent(), "/executions"));
}
void Check(const v1::WriteFileRequest& request) {
  if (!request.has_spec()) return;
  CheckFileName(request.spec().name(), /*workspace_only=*/true);
  if (IsGood(CheckWriteSpec(request.spec()))) {
    FUZZ_CHECK(request.spec().size_bytes() >= 0);
    FUZZ_CHECK(request.spec().sha256().empty() || request.spec().sha256().size() == 64);
  }
}
void Check(const v1::ReadFileRequest& request) {
  CheckFileName(request.name(), /*workspace_only=*/false);
  if (IsGood(CheckRange(request.offset_bytes(), request.limit_bytes())))
    FUZZ_CHECK(request.offset_bytes() >= 0 && request.limit_bytes() >= 0);
}
void Check(const v1::GetFileRequest& request) { CheckFileName(request.name(), false); }
void Check(const v1::ListFilesRequest& request) {
  CheckSessionName("parent", request.parent());
  CheckPage(request.page_token(), request.page_size(),
            absl::StrCat(request.parent(), "/files?", request.directory()));
}
void Check(const v1::DeleteFileRequest& request) { CheckFileName(request.name(), true); }
void Check(const v1::GetServerInfoRequest& /*request*/) {}

// -------------------------------------------------------------------- wire

grpc::ByteBuffer InSlices(absl::string_view bytes, uint8_t way) {
  fuzz::Pieces pieces(way);
  std::vector<grpc::Slice> slices;
  while (!bytes.empty()) {
    // The last slice takes the rest: a thousand slices test no more than a hundred.
    const size_t size = slices.size() < 100 ? pieces.Next(bytes.size()) : bytes.size();
    slices.emplace_back(bytes.data(), size);
    bytes.remove_prefix(size);
  }
  return grpc::ByteBuffer(slices.data(), slices.size());
}

// True if `field` is a path of fields of that message, as errors name them.
bool IsField(const google::protobuf::Descriptor* descriptor, absl::string_view field) {
  for (absl::string_view name : absl::StrSplit(field, '.')) {
    const auto* found =
        descriptor == nullptr ? nullptr : descriptor->FindFieldByName(std::string(name));
    if (found == nullptr) return false;
    descriptor = found->message_type();
  }
  return true;
}

template <typename Request>
void CheckBytes(absl::string_view bytes, uint8_t way) {
  const absl::StatusOr<Request> request = Parse<Request>(InSlices(bytes, 0));
  const absl::StatusOr<Request> in_slices = Parse<Request>(InSlices(bytes, way));
  // If a request has two mistakes, either may be reported.
  FUZZ_CHECK(request.status().code() == in_slices.status().code());
  IsGood(in_slices);
  if (!IsGood(request)) {
    const absl::string_view message = request.status().message();
    const absl::string_view field = message.substr(0, message.find(' '));
    FUZZ_CHECK(field == "request" || IsField(Request::descriptor(), field));
    return;
  }
  FUZZ_CHECK(request->ByteSizeLong() == in_slices->ByteSizeLong());
  const absl::StatusOr<Request> again = Parse<Request>(Serialize(*request));
  FUZZ_CHECK(again.ok() && again->ByteSizeLong() == request->ByteSizeLong());
  Check(*request);
}

using Checker = void (*)(absl::string_view, uint8_t);
// The checkers have the order of code_interpreter.proto, on which corpus/request/ relies.
constexpr Checker kCheckers[] = {
    &CheckBytes<v1::CreateSessionRequest>,  &CheckBytes<v1::GetSessionRequest>,
    &CheckBytes<v1::ListSessionsRequest>,   &CheckBytes<v1::UpdateSessionRequest>,
    &CheckBytes<v1::DeleteSessionRequest>,  &CheckBytes<v1::ExecuteRequest>,
    &CheckBytes<v1::WatchExecutionRequest>, &CheckBytes<v1::CancelExecutionRequest>,
    &CheckBytes<v1::GetExecutionRequest>,   &CheckBytes<v1::ListExecutionsRequest>,
    &CheckBytes<v1::WriteFileRequest>,      &CheckBytes<v1::ReadFileRequest>,
    &CheckBytes<v1::GetFileRequest>,        &CheckBytes<v1::ListFilesRequest>,
    &CheckBytes<v1::DeleteFileRequest>,     &CheckBytes<v1::GetServerInfoRequest>,
};

}  // namespace
}  // namespace carrel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  google::protobuf::LogSilencer silence;
  carrel::fuzz::FuzzInput input(data, size);
  const size_t which = input.TakeByte() % std::size(carrel::kCheckers);
  const uint8_t way = input.TakeByte();
  carrel::kCheckers[which](input.TakeRest(), way);
  return 0;
}
