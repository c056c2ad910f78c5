#include "service/rpc/rpc_executions.h"

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/model/errors.h"
#include "service/model/page_token.h"
#include "service/model/resource_name.h"

namespace carrel {
namespace {

v1::ListExecutionsResponse ToResponse(ExecutionPage page, const std::string& question) {
  v1::ListExecutionsResponse response;
  for (v1::Execution& execution : page.executions)
    *response.add_executions() = std::move(execution);
  if (page.more) response.set_next_page_token(MakePageToken(absl::StrCat(page.last), question));
  return response;
}

}  // namespace

void ExecutionRpcs::Cancel(const Caller& caller, v1::CancelExecutionRequest request,
                           Responder<v1::Execution> respond) {
  absl::StatusOr<ExecutionName> name = ParseExecutionName("name", request.name());
  if (!name.ok()) return respond(name.status());
  loop_->Run([this, caller, name = *std::move(name), respond = std::move(respond)]() mutable {
    absl::StatusOr<std::shared_ptr<Session>> session = table_->Find(caller, name.session);
    if (!session.ok()) return respond(session.status());
    (*session)->Cancel(name.execution, std::move(respond));
  });
}

void ExecutionRpcs::Get(const Caller& caller, v1::GetExecutionRequest request,
                        Responder<v1::Execution> respond) {
  absl::StatusOr<ExecutionName> name = ParseExecutionName("name", request.name());
  if (!name.ok()) return respond(name.status());
  loop_->Run([this, caller, name = *std::move(name), respond = std::move(respond)]() mutable {
    absl::StatusOr<std::shared_ptr<Session>> session = table_->Find(caller, name.session);
    if (!session.ok()) return respond(session.status());
    (*session)->executions().Find(name.execution, std::move(respond));
  });
}

void ExecutionRpcs::List(const Caller& caller, v1::ListExecutionsRequest request,
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
  loop_->Run([this, caller, id = *std::move(id), size = *size, after, question,
              respond = std::move(respond)]() mutable {
    absl::StatusOr<std::shared_ptr<Session>> session = table_->Find(caller, id);
    if (!session.ok()) return respond(session.status());
    (*session)->executions().List(
        after, size,
        [question, respond = std::move(respond)](absl::StatusOr<ExecutionPage> page) mutable {
          if (!page.ok()) return respond(page.status());
          respond(ToResponse(*std::move(page), question));
        });
  });
}

}  // namespace carrel
