#include "service/rpc/rpc_server_info.h"

#include <utility>

#include "absl/time/clock.h"
#include "service/model/time_proto.h"

namespace carrel {
namespace {

v1::Image ToProto(const ServedImage& image) {
  const internal::ImageConfig& config = image.settings->config;
  v1::Image proto;
  proto.set_name(config.name());
  proto.set_description(config.description());
  proto.set_python_version(image.zygote->python_version());
  *proto.mutable_preloaded_modules() = config.preload();
  *proto.mutable_default_limits() = image.settings->default_limits;
  return proto;
}

v1::IsolationReport ToProto(const IsolationReport& report) {
  v1::IsolationReport proto;
  proto.set_lane(report.isolation_mode);
  for (const GuaranteeReport& from : report.guarantees) {
    v1::Guarantee* guarantee = proto.add_guarantees();
    guarantee->set_id(from.id);
    guarantee->set_description(from.description);
    for (const HolderReport& holder : from.holders) {
      v1::Holder* to = guarantee->add_holders();
      to->set_mechanism(holder.mechanism);
      to->set_proved(holder.proved);
      to->set_evidence(holder.evidence);
    }
  }
  return proto;
}

}  // namespace

ServerInfoRpc::ServerInfoRpc(EventLoop* loop, SessionTable* table, const ServerSettings& settings,
                             const IsolationReport& isolation)
    : loop_(loop), table_(table) {
  info_.set_version(CARREL_VERSION);
  for (const ServedImage& image : table->images()) *info_.add_images() = ToProto(image);
  info_.set_default_image(settings.default_image);
  *info_.mutable_max_limits() = settings.max_limits;
  info_.set_max_session_count(settings.max_session_count);
  info_.set_max_queue_length(settings.max_queue_length);
  info_.set_max_code_bytes(settings.max_code_bytes);
  info_.set_max_inline_image_bytes(settings.max_inline_image_bytes);
  *info_.mutable_interrupt_grace_period() = carrel::ToProto(settings.interrupt_grace_period);
  *info_.mutable_isolation() = ToProto(isolation);
  *info_.mutable_start_time() = carrel::ToProto(absl::Now());
}

void ServerInfoRpc::Get(const Caller& /*caller*/, v1::GetServerInfoRequest /*request*/,
                        Responder<v1::ServerInfo> respond) {
  loop_->Run([this, respond = std::move(respond)]() mutable {
    v1::ServerInfo info = info_;
    info.set_session_count(table_->size());
    for (size_t i = 0; i < table_->images().size(); ++i)
      info.mutable_images(static_cast<int>(i))
          ->set_warm_interpreter_count(table_->warm_count(table_->images()[i]));
    respond(std::move(info));
  });
}

}  // namespace carrel
