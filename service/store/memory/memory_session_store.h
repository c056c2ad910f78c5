// Records of sessions kept in memory until the server ends.
#ifndef CARREL_SERVICE_STORE_MEMORY_MEMORY_SESSION_STORE_H_
#define CARREL_SERVICE_STORE_MEMORY_MEMORY_SESSION_STORE_H_

#include <string>

#include "absl/container/btree_map.h"
#include "service/store/session_store.h"

namespace carrel {

// Lives on the loop's thread. Calls back before the call returns, and never with an error but
// NOT_FOUND.
class MemorySessionStore : public SessionStore {
 public:
  void Put(SessionRecord record, Done done) override;
  void Get(const std::string& id, GetDone done) override;
  void List(const std::string& after, int limit, ListDone done) override;
  void Delete(const std::string& id, Done done) override;

 private:
  absl::btree_map<std::string, SessionRecord> records_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_STORE_MEMORY_MEMORY_SESSION_STORE_H_
