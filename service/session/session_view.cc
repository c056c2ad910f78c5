// The part of Session that looks up executions and tracks its activity.
#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/time/clock.h"
#include "service/requests/errors.h"
#include "service/requests/limits.h"
#include "service/requests/resource_name.h"
#include "service/session/session.h"

namespace carrel {

std::vector<std::shared_ptr<Execution>> Session::LiveExecutions() const {
  std::vector<std::shared_ptr<Execution>> live;
  if (current_ != nullptr) live.push_back(current_);
  live.insert(live.end(), queue_.begin(), queue_.end());
  return live;
}

std::shared_ptr<Execution> Session::FindLive(const std::string& execution_id) const {
  for (std::shared_ptr<Execution>& execution : LiveExecutions())
    if (execution->spec().id == execution_id) return std::move(execution);
  return nullptr;
}

absl::StatusOr<std::shared_ptr<EventLog>> Session::FindLog(const std::string& execution_id) const {
  if (std::shared_ptr<Execution> live = FindLive(execution_id)) return live->log();
  if (const ExecutionRecord* record = history_->Get(spec_.id, execution_id)) return record->log;
  return ExecutionNotFound(ExecutionNameOf(spec_.id, execution_id));
}

absl::StatusOr<v1::Execution> Session::FindExecution(const std::string& execution_id) const {
  if (std::shared_ptr<Execution> live = FindLive(execution_id)) return live->proto();
  if (const ExecutionRecord* record = history_->Get(spec_.id, execution_id))
    return record->log->Finished();
  return ExecutionNotFound(ExecutionNameOf(spec_.id, execution_id));
}

std::vector<v1::Execution> Session::ListExecutions(int64_t after, int limit, int64_t* last,
                                                   bool* more) const {
  // A page must fit a message, so it may be shorter than `limit`.
  constexpr size_t kMaxPageBytes = 2 << 20;
  // Finished executions, with their logs, and live ones, by ordinal.
  std::vector<std::tuple<int64_t, const EventLog*, const Execution*>> found;
  for (const ExecutionRecord* record : history_->List(spec_.id, after, limit + 1))
    found.emplace_back(record->ordinal, record->log.get(), nullptr);
  const std::vector<std::shared_ptr<Execution>> live = LiveExecutions();
  for (const std::shared_ptr<Execution>& execution : live)
    if (execution->spec().ordinal > after)
      found.emplace_back(execution->spec().ordinal, nullptr, execution.get());
  std::sort(found.begin(), found.end());
  std::vector<v1::Execution> page;
  size_t bytes = 0;
  for (const auto& [ordinal, log, running] : found) {
    if (static_cast<int>(page.size()) >= limit) break;
    v1::Execution execution = log != nullptr ? log->Finished() : running->proto();
    bytes += execution.ByteSizeLong();
    if (!page.empty() && bytes > kMaxPageBytes) break;
    page.push_back(std::move(execution));
    *last = ordinal;
  }
  *more = page.size() < found.size();
  return page;
}

void Session::Update(const std::vector<std::string>& paths, const v1::Session& from,
                     absl::Duration idle_timeout) {
  const v1::Limits limits = WithFallback(from.limits(), spec_.image.settings->default_limits);
  for (const std::string& path : paths) {
    if (path == "labels") spec_.labels = from.labels();
    if (path == "idle_timeout") spec_.idle_timeout = idle_timeout;
    if (path == "limits.execution_timeout")
      *spec_.limits.mutable_execution_timeout() = limits.execution_timeout();
    if (path == "limits.output_bytes") spec_.limits.set_output_bytes(limits.output_bytes());
    if (path == "limits.display_bytes") spec_.limits.set_display_bytes(limits.display_bytes());
  }
}

void Session::RecordWrite(const FileInfo& file) {
  files_->Post([files = files_, file] { files->Record(file); });
  if (phase_ == Phase::kScanning) by_caller_.insert(file.path.str());
}

void Session::RecordDelete(const WorkspacePath& path) {
  files_->Post([files = files_, path] { files->Forget(path); });
  if (phase_ == Phase::kScanning) by_caller_.insert(path.str());
}

void Session::Touch() { last_active_ = absl::Now(); }

std::shared_ptr<void> Session::KeepBusy() {
  ++transfers_;
  return std::shared_ptr<void>(nullptr, [self = shared_from_this()](void*) {
    EventLoop* loop = self->loop_;
    loop->Post([self] {
      --self->transfers_;
      self->Touch();
    });
  });
}

absl::Time Session::ExpireTime() const {
  return busy() ? absl::InfiniteFuture() : last_active_ + spec_.idle_timeout;
}

}  // namespace carrel
