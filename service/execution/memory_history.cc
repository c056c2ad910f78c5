#include "service/execution/memory_history.h"

#include <utility>

namespace carrel {
namespace {

int64_t SizeOf(const ExecutionRecord& record) { return record.log->byte_size(); }

}  // namespace

std::vector<ExecutionRecord> MemoryHistory::Put(const std::string& session,
                                                ExecutionRecord record) {
  SessionHistory& history = sessions_[session];
  const int64_t newest = record.ordinal;
  history.bytes += SizeOf(record);
  history.ordinals[record.id] = record.ordinal;
  history.records[record.ordinal] = std::move(record);
  std::vector<ExecutionRecord> forgotten;
  auto oldest = history.records.begin();
  while (static_cast<int>(history.records.size()) > max_count_ || history.bytes > max_bytes_) {
    if (oldest != history.records.end() && oldest->first == newest) ++oldest;
    if (oldest == history.records.end()) break;
    history.bytes -= SizeOf(oldest->second);
    history.ordinals.erase(oldest->second.id);
    forgotten.push_back(std::move(oldest->second));
    oldest = history.records.erase(oldest);
  }
  return forgotten;
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

void MemoryHistory::DeleteSession(const std::string& session) { sessions_.erase(session); }

}  // namespace carrel
