#include "service/rpc/rpc_executions.h"

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/model/errors.h"
#include "service/model/page_token.h"
#include "service/model/resource_name.h"

namespace carrel {

void ExecutionRpcs::Cancel(v1::CancelExecutionRequest request, Responder<v1::Execution> respond) {
  absl::StatusOr<ExecutionName> name = ParseExecutionName("name", request.name());
  if (!name.ok()) return respond(name.status());
  loop_->Run([this, name = *std::move(name), respond = std::move(respond)]() mutable {
    absl::StatusOr<std::shared_ptr<Session>> session = table_->Find(name.session);
    if (!session.ok()) return respond(session.status());
    respond((*session)->Cancel(name.execution));
  });
}

void ExecutionRpcs::Get(v1::GetExecutionRequest request, Responder<v1::Execution> respond) {
  absl::StatusOr<ExecutionName> name = ParseExecutionName("name", request.name());
  if (!name.ok()) return respond(name.status());
  loop_->Run([this, name = *std::move(name), respond = std::move(respond)]() mutable {
    absl::StatusOr<std::shared_ptr<Session>> session = table_->Find(name.session);
    if (!session.ok()) return respond(session.status());
    respond((*session)->executions().Find(name.execution));
  });
}

void ExecutionRpcs::List(v1::ListExecutionsRequest request,
                         Responder<v1::ListExecutionsResponse> respond) {
  absl::StatusOr<std::string> id = ParseSessionName("parent", request.parent());
  if (!id.ok()) return respond(id.status());
  absl::StatusOr<int> size = EffectivePageSize(request.page_size());
  if (!size.ok()) return respond(size.status());
  const std::string question = absl::StrCat(request.parent(), "/executions");
  absl::StatusOr<std::string> token = ReadPageToken(request.page_token(), question);
  if (!token.ok()) return respond(token.status());
  int64_t after = 0;
  if (!token->empty() && (!absl::SimpleAtoi(*token, &after) || after < 0))
    return respond(InvalidField("page_token", "is not one that this server has made"));
  loop_->Run([this, id = *std::move(id), size = *size, after, question,
              respond = std::move(respond)]() mutable {
    absl::StatusOr<std::shared_ptr<Session>> session = table_->Find(id);
    if (!session.ok()) return respond(session.status());
    v1::ListExecutionsResponse response;
    int64_t last = 0;
    bool more = false;
    for (v1::Execution& execution : (*session)->executions().List(after, size, &last, &more))
      *response.add_executions() = std::move(execution);
    if (more) response.set_next_page_token(MakePageToken(absl::StrCat(last), question));
    respond(std::move(response));
  });
}

}  // namespace carrel
