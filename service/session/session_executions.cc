#include "service/session/session_executions.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "service/model/errors.h"
#include "service/model/resource_name.h"

namespace carrel {

SessionExecutions::SessionExecutions(ExecutionStore* history, std::string session_id)
    : history_(history), session_id_(std::move(session_id)) {}

absl::Status SessionExecutions::CanAccept(const std::string& id, int max_queue_length) const {
  if (FindLive(id) != nullptr || history_->Get(session_id_, id) != nullptr)
    return ExecutionExists(ExecutionNameOf(session_id_, id));
  if (static_cast<int>(queue_.size()) >= max_queue_length)
    return QueueFull(SessionNameOf(session_id_), max_queue_length);
  return absl::OkStatus();
}

bool SessionExecutions::TakeNext() {
  if (current_ != nullptr || queue_.empty()) return false;
  current_ = std::move(queue_.front());
  queue_.pop_front();
  return true;
}

void SessionExecutions::Dequeue(const std::shared_ptr<Execution>& execution) {
  queue_.erase(std::find(queue_.begin(), queue_.end(), execution));
}

void SessionExecutions::Finish(const std::shared_ptr<Execution>& execution,
                               WorkspaceEffects effects,
                               const std::shared_ptr<SessionFiles>& files) {
  execution->Finish(std::move(effects));
  ExecutionRecord record;
  record.id = execution->spec().id;
  record.ordinal = execution->spec().ordinal;
  if (execution->has_images())
    record.forget_images = [files, id = record.id] {
      files->Post([files, id] { files->RemoveImages(id); });
    };
  record.log = execution->log();
  for (const ExecutionRecord& forgotten : history_->Put(session_id_, std::move(record)))
    if (forgotten.forget_images) forgotten.forget_images();
}

std::vector<std::shared_ptr<Execution>> SessionExecutions::Live() const {
  std::vector<std::shared_ptr<Execution>> live;
  if (current_ != nullptr) live.push_back(current_);
  live.insert(live.end(), queue_.begin(), queue_.end());
  return live;
}

std::shared_ptr<Execution> SessionExecutions::FindLive(const std::string& id) const {
  if (current_ != nullptr && current_->spec().id == id) return current_;
  for (const std::shared_ptr<Execution>& execution : queue_)
    if (execution->spec().id == id) return execution;
  return nullptr;
}

absl::StatusOr<std::shared_ptr<EventLog>> SessionExecutions::FindLog(const std::string& id) const {
  if (std::shared_ptr<Execution> live = FindLive(id)) return live->log();
  if (const ExecutionRecord* record = history_->Get(session_id_, id)) return record->log;
  return ExecutionNotFound(ExecutionNameOf(session_id_, id));
}

absl::StatusOr<v1::Execution> SessionExecutions::Find(const std::string& id) const {
  if (std::shared_ptr<Execution> live = FindLive(id)) return live->proto();
  if (const ExecutionRecord* record = history_->Get(session_id_, id))
    return record->log->Finished();
  return ExecutionNotFound(ExecutionNameOf(session_id_, id));
}

std::vector<v1::Execution> SessionExecutions::List(int64_t after, int limit, int64_t* last,
                                                   bool* more) const {
  constexpr size_t kMaxPageBytes = 2 << 20;
  // Sorted by ordinal: the log of a finished execution, or a live one.
  std::vector<std::tuple<int64_t, const EventLog*, const Execution*>> found;
  for (const ExecutionRecord* record : history_->List(session_id_, after, limit + 1))
    found.emplace_back(record->ordinal, record->log.get(), nullptr);
  const std::vector<std::shared_ptr<Execution>> live = Live();
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

}  // namespace carrel
