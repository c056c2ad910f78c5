#include "service/rpc/rpc_execute.h"

#include <string>
#include <utility>

#include "service/model/errors.h"
#include "service/model/limits.h"
#include "service/model/resource_name.h"
#include "service/model/time_proto.h"
#include "service/rpc/validation.h"

namespace carrel {

absl::StatusOr<ExecutionSpec> ExecuteRpcs::ParseSpec(v1::ExecuteRequest* request) const {
  absl::Status status = CheckChosenId("execution_id", request->execution_id());
  status.Update(CheckCode(request->code(), settings_->max_code_bytes));
  if (!status.ok()) return status;
  absl::StatusOr<absl::Duration> timeout = ParseDuration(
      "timeout", request->timeout(), FromProto(settings_->max_limits.execution_timeout()));
  if (!timeout.ok()) return timeout.status();
  ExecutionSpec spec;
  spec.id = std::move(*request->mutable_execution_id());
  spec.code = std::move(*request->mutable_code());
  spec.timeout = *timeout;
  return spec;
}

void ExecuteRpcs::Execute(const Caller& caller, v1::ExecuteRequest request,
                          std::shared_ptr<EventStream> stream) {
  absl::StatusOr<std::string> id = ParseSessionName("session", request.session());
  if (!id.ok()) return stream->Fail(id.status());
  absl::StatusOr<ExecutionSpec> spec = ParseSpec(&request);
  if (!spec.ok()) return stream->Fail(spec.status());
  loop_->Run([this, caller, id = *std::move(id), spec = *std::move(spec),
              stream = std::move(stream)]() mutable {
    absl::StatusOr<std::shared_ptr<Session>> session = table_->Find(caller, id);
    if (!session.ok()) return stream->Fail(session.status());
    (*session)->Submit(std::move(spec),
                       [session = *session, stream = std::move(stream)](
                           const absl::StatusOr<std::shared_ptr<Execution>>& execution) {
                         if (!execution.ok()) return stream->Fail(execution.status());
                         stream->Follow((*execution)->log(), 1);
                         session->StartNext();
                       });
  });
}

void ExecuteRpcs::Watch(const Caller& caller, v1::WatchExecutionRequest request,
                        std::shared_ptr<EventStream> stream) {
  absl::StatusOr<ExecutionName> name = ParseExecutionName("name", request.name());
  if (!name.ok()) return stream->Fail(name.status());
  if (request.start_sequence() < 0)
    return stream->Fail(InvalidField("start_sequence", "is negative"));
  loop_->Run([this, caller, name = *std::move(name), start = request.start_sequence(),
              stream = std::move(stream)] {
    absl::StatusOr<std::shared_ptr<Session>> session = table_->Find(caller, name.session);
    if (!session.ok()) return stream->Fail(session.status());
    (*session)->executions().FindLog(
        name.execution, [stream, start](const absl::StatusOr<std::shared_ptr<EventLog>>& log) {
          if (!log.ok()) return stream->Fail(log.status());
          stream->Follow(*log, start);
        });
  });
}

}  // namespace carrel
