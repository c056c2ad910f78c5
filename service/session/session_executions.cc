#include "service/session/session_executions.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "service/model/errors.h"
#include "service/model/resource_name.h"

namespace carrel {
namespace {

constexpr size_t kMaxPageBytes = 2 << 20;

// Adds an execution to a page, unless the page is full.
bool AddTo(ExecutionPage* page, size_t* bytes, int limit, int64_t ordinal,
           v1::Execution execution) {
  if (static_cast<int>(page->executions.size()) >= limit) return false;
  *bytes += execution.ByteSizeLong();
  if (!page->executions.empty() && *bytes > kMaxPageBytes) return false;
  page->executions.push_back(std::move(execution));
  page->last = ordinal;
  return true;
}

// Merges executions by ordinal: those that were stored and those that were live when the store was
// asked. None is in both.
ExecutionPage MakePage(const std::vector<StoredExecution>& stored,
                       const std::vector<std::shared_ptr<Execution>>& live, int64_t after,
                       int limit) {
  ExecutionPage page;
  page.last = after;
  size_t bytes = 0;
  auto running = live.begin();
  const auto add_running = [&](int64_t before) {
    for (; running != live.end() && (*running)->spec().ordinal < before; ++running)
      if (!AddTo(&page, &bytes, limit, (*running)->spec().ordinal, (*running)->proto()))
        return false;
    return true;
  };
  for (const StoredExecution& execution : stored) {
    page.more = !add_running(execution.ordinal());
    if (!page.more && execution.abandoned())
      page.last = execution.ordinal();  // It was forgotten meanwhile.
    else if (!page.more)
      page.more = !AddTo(&page, &bytes, limit, execution.ordinal(), execution.Finished());
    if (page.more) return page;
  }
  // Others follow in the store, perhaps before the next one that is live.
  page.more =
      static_cast<int>(stored.size()) > limit || !add_running(std::numeric_limits<int64_t>::max());
  return page;
}

}  // namespace

SessionExecutions::SessionExecutions(const SessionStores* stores, std::string session_id)
    : stores_(stores), session_id_(std::move(session_id)) {}

absl::Status SessionExecutions::CanAccept(const std::string& id, int max_queue_length) const {
  if (FindLive(id) != nullptr) return ExecutionExists(ExecutionNameOf(session_id_, id));
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
                               WorkspaceEffects effects) {
  execution->Finish(std::move(effects));
  const ExecutionSpec& spec = execution->spec();
  StoredExecution stored = execution->log()->Store(spec.id, spec.ordinal, execution->has_images());
  // Null for most executions, so that the callback needs no memory of its own.
  std::unique_ptr<ForgottenExecution> own;
  if (stored.has_images())
    own = std::make_unique<ForgottenExecution>(ForgottenExecution{session_id_, spec.id, true});
  stores_->executions->Put(
      session_id_, std::move(stored),
      [stores = stores_,
       own = std::move(own)](const absl::StatusOr<std::vector<ForgottenExecution>>& forgotten) {
        if (!forgotten.ok()) {
          spdlog::error("an execution cannot be stored: {}", forgotten.status().ToString());
          if (own != nullptr) stores->delete_images(*own);
          return;
        }
        for (const ForgottenExecution& one : *forgotten)
          if (one.has_images) stores->delete_images(one);
      });
}

void SessionExecutions::ForgetAll(absl::AnyInvocable<void(absl::Status)> done) {
  stores_->executions->DeleteSession(session_id_, std::move(done));
}

std::vector<std::shared_ptr<Execution>> SessionExecutions::LiveAfter(int64_t after) const {
  std::vector<std::shared_ptr<Execution>> live;
  if (current_ != nullptr && current_->spec().ordinal > after) live.push_back(current_);
  for (const std::shared_ptr<Execution>& execution : queue_)
    if (execution->spec().ordinal > after) live.push_back(execution);
  return live;
}

std::shared_ptr<Execution> SessionExecutions::FindLive(const std::string& id) const {
  if (current_ != nullptr && current_->spec().id == id) return current_;
  for (const std::shared_ptr<Execution>& execution : queue_)
    if (execution->spec().id == id) return execution;
  return nullptr;
}

void SessionExecutions::FindStored(const std::string& id, ExecutionStore::GetDone done) {
  stores_->executions->Get(
      session_id_, id,
      [session = session_id_, id,
       done = std::move(done)](absl::StatusOr<StoredExecution> found) mutable {
        // The store may have forgotten it since it answered.
        if (absl::IsNotFound(found.status()) || (found.ok() && found->abandoned()))
          return done(ExecutionNotFound(ExecutionNameOf(session, id)));
        if (!found.ok()) return done(ServerError(found.status().message()));
        done(*std::move(found));
      });
}

void SessionExecutions::FindLog(
    const std::string& id,
    absl::AnyInvocable<void(absl::StatusOr<std::shared_ptr<EventLog>>)> done) {
  if (std::shared_ptr<Execution> live = FindLive(id)) return done(live->log());
  FindStored(id, [done = std::move(done)](absl::StatusOr<StoredExecution> found) mutable {
    if (!found.ok()) return done(found.status());
    done(std::make_shared<EventLog>(*std::move(found)));
  });
}

void SessionExecutions::Find(const std::string& id,
                             absl::AnyInvocable<void(absl::StatusOr<v1::Execution>)> done) {
  if (std::shared_ptr<Execution> live = FindLive(id)) return done(live->proto());
  FindStored(id, [done = std::move(done)](absl::StatusOr<StoredExecution> found) mutable {
    if (!found.ok()) return done(found.status());
    done(found->Finished());
  });
}

void SessionExecutions::List(int64_t after, int limit,
                             absl::AnyInvocable<void(absl::StatusOr<ExecutionPage>)> done) {
  // An execution that is live now is not stored before this List takes effect.
  stores_->executions->List(session_id_, after, limit + 1,
                            [live = LiveAfter(after), after, limit, done = std::move(done)](
                                absl::StatusOr<std::vector<StoredExecution>> stored) mutable {
                              if (!stored.ok()) return done(ServerError(stored.status().message()));
                              done(MakePage(*stored, live, after, limit));
                            });
}

}  // namespace carrel
