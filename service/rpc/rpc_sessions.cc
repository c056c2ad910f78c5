#include "service/rpc/rpc_sessions.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/model/errors.h"
#include "service/model/limits.h"
#include "service/model/page_token.h"
#include "service/model/resource_name.h"
#include "service/model/session_filter.h"
#include "service/rpc/validation.h"

namespace carrel {
namespace {

constexpr size_t kMaxImageNameBytes = 63;  // The limit of server_config.cc.

}  // namespace

absl::StatusOr<SessionSpec> SessionRpcs::ParseSpec(const v1::CreateSessionRequest& request) const {
  const v1::Session& session = request.session();
  SessionSpec spec;
  spec.id = request.session_id();
  absl::Status status = CheckChosenId("session_id", spec.id);
  status.Update(CheckLabels("session.labels", session.labels()));
  status.Update(CheckLimits("session.limits", session.limits(), settings_->max_limits));
  if (!status.ok()) return status;
  absl::StatusOr<Environment> environment = ParseEnvironment("session.env", session.env());
  if (!environment.ok()) return environment.status();
  absl::StatusOr<absl::Duration> idle_timeout =
      ParseIdleTimeout(session, settings_->default_idle_timeout);
  if (!idle_timeout.ok()) return idle_timeout.status();
  // Errors quote the name, and must fit gRPC's metadata.
  if (session.image().size() > kMaxImageNameBytes)
    return InvalidField("session.image", "is longer than 63 bytes");
  const std::string& image_name =
      session.image().empty() ? settings_->default_image : session.image();
  const ServedImage* image = table_->FindImage(image_name);
  if (image == nullptr) return ImageNotFound(image_name);
  spec.image = *image;
  spec.labels = session.labels();
  spec.limits = WithFallback(session.limits(), image->settings->default_limits);
  spec.idle_timeout = *idle_timeout;
  spec.environment = *std::move(environment);
  return spec;
}

void SessionRpcs::Create(const Caller& caller, v1::CreateSessionRequest request,
                         Responder<v1::Session> respond) {
  absl::StatusOr<SessionSpec> spec = ParseSpec(request);
  if (!spec.ok()) return respond(spec.status());
  loop_->Run([this, caller, spec = *std::move(spec), respond = std::move(respond)]() mutable {
    table_->Create(caller, std::move(spec), std::move(respond));
  });
}

void SessionRpcs::Get(const Caller& caller, v1::GetSessionRequest request,
                      Responder<v1::Session> respond) {
  absl::StatusOr<std::string> id = ParseSessionName("name", request.name());
  if (!id.ok()) return respond(id.status());
  loop_->Run([this, caller, id = *std::move(id), respond = std::move(respond)]() mutable {
    respond(table_->Describe(caller, id));
  });
}

void SessionRpcs::List(const Caller& caller, v1::ListSessionsRequest request,
                       Responder<v1::ListSessionsResponse> respond) {
  const std::string question = absl::StrCat("sessions?", request.filter());
  absl::StatusOr<SessionFilter> filter = SessionFilter::Parse(request.filter());
  if (!filter.ok()) return respond(filter.status());
  absl::StatusOr<int> size = EffectivePageSize(request.page_size());
  if (!size.ok()) return respond(size.status());
  absl::StatusOr<std::string> after = ReadPageToken(request.page_token(), question);
  if (!after.ok()) return respond(after.status());
  loop_->Run([this, caller, question, filter = *std::move(filter), size = *size,
              after = *std::move(after), respond = std::move(respond)]() mutable {
    v1::ListSessionsResponse response;
    bool more = false;
    for (v1::Session& session : table_->List(caller, after, size, filter, &more))
      *response.add_sessions() = std::move(session);
    if (more) {
      absl::StatusOr<std::string> last =
          ParseSessionName("name", response.sessions(response.sessions_size() - 1).name());
      response.set_next_page_token(MakePageToken(*last, question));
    }
    respond(std::move(response));
  });
}

void SessionRpcs::Update(const Caller& caller, v1::UpdateSessionRequest request,
                         Responder<v1::Session> respond) {
  const v1::Session& session = request.session();
  absl::StatusOr<std::string> id = ParseSessionName("session.name", session.name());
  if (!id.ok()) return respond(id.status());
  absl::StatusOr<std::vector<std::string>> paths = ParseUpdateMask(request.update_mask());
  if (!paths.ok()) return respond(paths.status());
  absl::Status status = CheckLabels("session.labels", session.labels());
  status.Update(CheckLimits("session.limits", session.limits(), settings_->max_limits));
  if (!status.ok()) return respond(status);
  absl::StatusOr<absl::Duration> idle_timeout =
      ParseIdleTimeout(session, settings_->default_idle_timeout);
  if (!idle_timeout.ok()) return respond(idle_timeout.status());
  loop_->Run([this, caller, id = *std::move(id), paths = *std::move(paths),
              request = std::move(request), idle_timeout = *idle_timeout,
              respond = std::move(respond)]() mutable {
    absl::StatusOr<std::shared_ptr<Session>> found = table_->Find(caller, id);
    if (!found.ok()) return respond(found.status());
    (*found)->Update(
        paths, request.session(), idle_timeout,
        [session = *found, respond = std::move(respond)](const absl::Status& status) mutable {
          if (!status.ok()) return respond(ServerError(status.message()));
          respond(session->ToProto());
        });
  });
}

void SessionRpcs::Delete(const Caller& caller, v1::DeleteSessionRequest request,
                         Responder<google::protobuf::Empty> respond) {
  absl::StatusOr<std::string> id = ParseSessionName("name", request.name());
  if (!id.ok()) return respond(id.status());
  loop_->Run([this, caller, id = *std::move(id), respond = std::move(respond)]() mutable {
    table_->Delete(caller, id, [respond = std::move(respond)](const absl::Status& status) mutable {
      if (!status.ok()) return respond(status);
      respond(google::protobuf::Empty());
    });
  });
}

}  // namespace carrel
