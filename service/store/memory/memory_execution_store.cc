#include "service/store/memory/memory_execution_store.h"

#include <algorithm>
#include <utility>

namespace carrel {
namespace {

// Memory that an execution takes besides its events: its head, its places in two containers, and
// what the allocator adds. Measured: 150 to 200 bytes.
constexpr int64_t kExecutionBytes = 256;
// Each time as many executions have been added to lingering_, released ones are dropped.
constexpr size_t kManyLingering = 1024;

int64_t MemoryOf(const StoredExecution& execution) {
  return execution.memory_size() + kExecutionBytes;
}

}  // namespace

void MemoryExecutionStore::Put(const std::string& session, StoredExecution execution,
                               PutDone done) {
  Histories::value_type& entry = *sessions_.try_emplace(session).first;
  SessionHistory& history = entry.second;
  const int64_t newest = execution.ordinal();
  history.bytes += execution.byte_size();
  history.memory += MemoryOf(execution);
  memory_ += MemoryOf(execution);
  history.by_id.insert(execution);
  history.executions.insert(std::move(execution));
  std::vector<ForgottenExecution> forgotten;
  auto oldest = history.executions.begin();
  while (static_cast<int>(history.executions.size()) > max_count_ || history.bytes > max_bytes_) {
    if (oldest != history.executions.end() && oldest->ordinal() == newest) ++oldest;
    if (oldest == history.executions.end()) break;
    forgotten.push_back(Forget(&entry, &oldest));
  }
  if (memory() > max_memory_) MakeRoom(session, newest, &forgotten);
  done(std::move(forgotten));
}

ForgottenExecution MemoryExecutionStore::Forget(Histories::value_type* history,
                                                Executions::iterator* execution) {
  auto& [session, kept] = *history;
  const StoredExecution taken = **execution;
  kept.bytes -= taken.byte_size();
  kept.memory -= MemoryOf(taken);
  memory_ -= MemoryOf(taken);
  kept.by_id.erase(taken);
  *execution = kept.executions.erase(*execution);
  Linger(taken);
  return {session, std::string(taken.id()), taken.has_images()};
}

int64_t MemoryExecutionStore::CountMemory() {
  ForgetLingering();
  return memory();
}

void MemoryExecutionStore::Linger(const StoredExecution& execution) {
  if (execution.unique()) return;
  lingering_.push_back({StoredExecution::Weak(execution), MemoryOf(execution)});
  lingering_bytes_ += lingering_.back().memory;
  if (lingering_.size() % kManyLingering == 0) ForgetLingering();
}

void MemoryExecutionStore::ForgetLingering() {
  std::vector<Lingering> all = std::exchange(lingering_, {});
  lingering_bytes_ = 0;
  for (const Lingering& one : all) lingering_bytes_ += one.execution.expired() ? 0 : one.memory;
  for (Lingering& one : all) {
    const StoredExecution execution = one.execution.Lock();
    if (!execution) continue;
    if (memory() <= max_memory_) {
      lingering_.push_back(std::move(one));
      continue;
    }
    execution.Abandon();
    lingering_bytes_ -= one.memory;
  }
}

void MemoryExecutionStore::MakeRoom(const std::string& session, int64_t newest,
                                    std::vector<ForgottenExecution>* forgotten) {
  ForgetLingering();
  // A heap with the largest history on top.
  std::vector<std::pair<int64_t, Histories::value_type*>> sessions;
  for (Histories::value_type& entry : sessions_) sessions.emplace_back(entry.second.memory, &entry);
  std::make_heap(sessions.begin(), sessions.end());
  while (memory_ > max_memory_ && !sessions.empty()) {
    std::pop_heap(sessions.begin(), sessions.end());
    Histories::value_type* const entry = sessions.back().second;
    Executions& executions = entry->second.executions;
    auto oldest = executions.begin();
    const bool is_newest = oldest != executions.end() && oldest->ordinal() == newest;
    if (is_newest && entry->first == session) ++oldest;
    if (oldest == executions.end()) {
      sessions.pop_back();
      continue;
    }
    forgotten->push_back(Forget(entry, &oldest));
    sessions.back().first = entry->second.memory;
    std::push_heap(sessions.begin(), sessions.end());
  }
}

void MemoryExecutionStore::Get(const std::string& session, const std::string& id, GetDone done) {
  auto history = sessions_.find(session);
  if (history != sessions_.end()) {
    auto execution = history->second.by_id.find(absl::string_view(id));
    if (execution != history->second.by_id.end()) return done(*execution);
  }
  // Without text, since each cell with an id of its own comes here.
  done(absl::NotFoundError(""));
}

void MemoryExecutionStore::List(const std::string& session, int64_t after, int limit,
                                ListDone done) {
  std::vector<StoredExecution> page;
  auto history = sessions_.find(session);
  if (history == sessions_.end()) return done(std::move(page));
  const Executions& executions = history->second.executions;
  for (auto it = executions.upper_bound(after);
       it != executions.end() && static_cast<int>(page.size()) < limit; ++it)
    page.push_back(*it);
  done(std::move(page));
}

void MemoryExecutionStore::DeleteSession(const std::string& session, DeleteDone done) {
  auto history = sessions_.find(session);
  if (history != sessions_.end()) {
    memory_ -= history->second.memory;
    history->second.by_id.clear();  // Now readers alone have other copies.
    for (const StoredExecution& execution : history->second.executions) Linger(execution);
    sessions_.erase(history);
  }
  done(absl::OkStatus());
}

}  // namespace carrel
