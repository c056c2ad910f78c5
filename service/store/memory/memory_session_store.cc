#include "service/store/memory/memory_session_store.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace carrel {

void MemorySessionStore::Put(SessionRecord record, Done done) {
  std::string id = record.id;
  records_.insert_or_assign(std::move(id), std::move(record));
  done(absl::OkStatus());
}

void MemorySessionStore::Get(const std::string& id, GetDone done) {
  auto record = records_.find(id);
  if (record == records_.end()) return done(absl::NotFoundError(absl::StrCat("no session ", id)));
  done(record->second);
}

void MemorySessionStore::List(const std::string& after, int limit, ListDone done) {
  std::vector<SessionRecord> page;
  for (auto it = records_.upper_bound(after);
       it != records_.end() && static_cast<int>(page.size()) < limit; ++it)
    page.push_back(it->second);
  done(std::move(page));
}

void MemorySessionStore::Delete(const std::string& id, Done done) {
  records_.erase(id);
  done(absl::OkStatus());
}

}  // namespace carrel
