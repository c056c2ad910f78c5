#include "service/rpc/rpc_execute.h"

#include <string>
#include <utility>

#include "service/requests/errors.h"
#include "service/requests/limits.h"
#include "service/requests/resource_name.h"
#include "service/requests/time_proto.h"
#include "service/requests/validation.h"

namespace carrel {

absl::StatusOr<ExecuteParams> ExecuteRpcs::ParseParams(v1::ExecuteRequest* request) const {
  absl::Status status = CheckChosenId("execution_id", request->execution_id());
  status.Update(CheckCode(request->code(), settings_->max_code_bytes));
  if (!status.ok()) return status;
  absl::StatusOr<absl::Duration> timeout = ParseDuration(
      "timeout", request->timeout(), FromProto(settings_->max_limits.execution_timeout()));
  if (!timeout.ok()) return timeout.status();
  ExecuteParams params;
  params.id = request->execution_id();
  params.code = std::move(*request->mutable_code());
  params.timeout = *timeout;
  return params;
}

void ExecuteRpcs::Execute(v1::ExecuteRequest request, std::shared_ptr<EventStream> stream) {
  absl::StatusOr<std::string> id = ParseSessionName("session", request.session());
  if (!id.ok()) return stream->Fail(id.status());
  absl::StatusOr<ExecuteParams> params = ParseParams(&request);
  if (!params.ok()) return stream->Fail(params.status());
  loop_->Run([this, id = *std::move(id), params = *std::move(params),
              stream = std::move(stream)]() mutable {
    absl::StatusOr<std::shared_ptr<Session>> session = table_->Find(id);
    if (!session.ok()) return stream->Fail(session.status());
    absl::StatusOr<std::shared_ptr<Execution>> execution = (*session)->Submit(std::move(params));
    if (!execution.ok()) return stream->Fail(execution.status());
    stream->Follow((*execution)->log(), 1);
    (*session)->StartNext();
  });
}

void ExecuteRpcs::Watch(v1::WatchExecutionRequest request, std::shared_ptr<EventStream> stream) {
  absl::StatusOr<ExecutionName> name = ParseExecutionName("name", request.name());
  if (!name.ok()) return stream->Fail(name.status());
  if (request.start_sequence() < 0)
    return stream->Fail(InvalidField("start_sequence", "is negative"));
  loop_->Run([this, name = *std::move(name), start = request.start_sequence(),
              stream = std::move(stream)] {
    absl::StatusOr<std::shared_ptr<Session>> session = table_->Find(name.session);
    if (!session.ok()) return stream->Fail(session.status());
    absl::StatusOr<std::shared_ptr<EventLog>> log = (*session)->FindLog(name.execution);
    if (!log.ok()) return stream->Fail(log.status());
    stream->Follow(*log, start);
  });
}

}  // namespace carrel
