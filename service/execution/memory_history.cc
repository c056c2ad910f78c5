#include "service/execution/memory_history.h"

#include <algorithm>
#include <utility>

namespace carrel {
namespace {

// Memory that a record takes besides its log's events.
constexpr int64_t kRecordBytes = 512;
// Each time as many logs have been added to lingering_, those that have been released are dropped.
constexpr size_t kManyLingering = 1024;

int64_t SizeOf(const ExecutionRecord& record) { return record.log->byte_size(); }

int64_t MemoryOf(const ExecutionRecord& record) { return record.log->memory_size() + kRecordBytes; }

}  // namespace

std::vector<ExecutionRecord> MemoryHistory::Put(const std::string& session,
                                                ExecutionRecord record) {
  SessionHistory& history = sessions_[session];
  const int64_t newest = record.ordinal;
  const EventLog* const newest_log = record.log.get();
  history.bytes += SizeOf(record);
  history.memory += MemoryOf(record);
  memory_ += MemoryOf(record);
  history.ordinals[record.id] = record.ordinal;
  history.records[record.ordinal] = std::move(record);
  std::vector<ExecutionRecord> forgotten;
  auto oldest = history.records.begin();
  while (static_cast<int>(history.records.size()) > max_count_ || history.bytes > max_bytes_) {
    if (oldest != history.records.end() && oldest->first == newest) ++oldest;
    if (oldest == history.records.end()) break;
    forgotten.push_back(Take(&history, &oldest));
  }
  if (memory() > max_memory_) MakeRoom(newest_log, &forgotten);
  return forgotten;
}

ExecutionRecord MemoryHistory::Take(SessionHistory* history, Records::iterator* record) {
  ExecutionRecord taken = std::move((*record)->second);
  history->bytes -= SizeOf(taken);
  history->memory -= MemoryOf(taken);
  memory_ -= MemoryOf(taken);
  history->ordinals.erase(taken.id);
  *record = history->records.erase(*record);
  Linger(taken);
  return taken;
}

int64_t MemoryHistory::CountMemory() {
  ForgetLingering();
  return memory();
}

void MemoryHistory::Linger(const ExecutionRecord& record) {
  lingering_.push_back({record.log, MemoryOf(record)});
  lingering_bytes_ += lingering_.back().memory;
  if (lingering_.size() % kManyLingering == 0) ForgetLingering();
}

void MemoryHistory::ForgetLingering() {
  std::vector<Lingering> all = std::exchange(lingering_, {});
  lingering_bytes_ = 0;
  for (const Lingering& one : all) lingering_bytes_ += one.log.expired() ? 0 : one.memory;
  for (Lingering& one : all) {
    std::shared_ptr<EventLog> log = one.log.lock();
    if (log == nullptr) continue;
    if (memory() <= max_memory_) {
      lingering_.push_back(std::move(one));
      continue;
    }
    log->Abandon();
    lingering_bytes_ -= one.memory;
  }
}

void MemoryHistory::MakeRoom(const EventLog* newest, std::vector<ExecutionRecord>* forgotten) {
  ForgetLingering();
  // A heap with the largest history on top.
  std::vector<std::pair<int64_t, SessionHistory*>> sessions;
  for (auto& [_, history] : sessions_) sessions.emplace_back(history.memory, &history);
  std::make_heap(sessions.begin(), sessions.end());
  while (memory_ > max_memory_ && !sessions.empty()) {
    std::pop_heap(sessions.begin(), sessions.end());
    SessionHistory* const history = sessions.back().second;
    auto oldest = history->records.begin();
    if (oldest != history->records.end() && oldest->second.log.get() == newest) ++oldest;
    if (oldest == history->records.end()) {
      sessions.pop_back();
      continue;
    }
    forgotten->push_back(Take(history, &oldest));
    sessions.back().first = history->memory;
    std::push_heap(sessions.begin(), sessions.end());
  }
}

const ExecutionRecord* MemoryHistory::Get(const std::string& session, const std::string& id) const {
  auto history = sessions_.find(session);
  if (history == sessions_.end()) return nullptr;
  auto ordinal = history->second.ordinals.find(id);
  if (ordinal == history->second.ordinals.end()) return nullptr;
  return &history->second.records.at(ordinal->second);
}

std::vector<const ExecutionRecord*> MemoryHistory::List(const std::string& session, int64_t after,
                                                        int limit) const {
  std::vector<const ExecutionRecord*> page;
  auto history = sessions_.find(session);
  if (history == sessions_.end()) return page;
  for (auto it = history->second.records.upper_bound(after);
       it != history->second.records.end() && static_cast<int>(page.size()) < limit; ++it)
    page.push_back(&it->second);
  return page;
}

void MemoryHistory::DeleteSession(const std::string& session) {
  auto history = sessions_.find(session);
  if (history == sessions_.end()) return;
  memory_ -= history->second.memory;
  for (const auto& [_, record] : history->second.records) Linger(record);
  sessions_.erase(history);
}

}  // namespace carrel
