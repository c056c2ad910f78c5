// Stores that answer later, for tests: they show that callers do not depend on answers at once.
#ifndef CARREL_SERVICE_STORE_LATER_STORES_H_
#define CARREL_SERVICE_STORE_LATER_STORES_H_

#include <string>
#include <utility>
#include <vector>

#include "sandbox/loop/event_loop.h"
#include "service/store/execution_store.h"
#include "service/store/session_store.h"

namespace carrel {

// Posts every call of a store, and every answer: a call takes effect in a later iteration of the
// loop, and is answered in one that is later still.
class Later {
 public:
  explicit Later(EventLoop* loop) : loop_(loop) {}

  template <typename Call>
  void Post(Call call) {
    loop_->Post(std::move(call));
  }
  template <typename Result>
  auto Answer(absl::AnyInvocable<void(Result)> done) {
    return [loop = loop_, done = std::move(done)](Result result) mutable {
      loop->Post([done = std::move(done), result = std::move(result)]() mutable {
        done(std::move(result));
      });
    };
  }

 private:
  EventLoop* const loop_;
};

class LaterExecutionStore : public ExecutionStore {
 public:
  // `store` and `loop` outlive it.
  LaterExecutionStore(EventLoop* loop, ExecutionStore* store) : later_(loop), store_(store) {}

  void Put(const std::string& session, StoredExecution execution, PutDone done) override {
    later_.Post([this, session, execution, done = later_.Answer(std::move(done))]() mutable {
      store_->Put(session, execution, std::move(done));
    });
  }
  void Get(const std::string& session, const std::string& id, GetDone done) override {
    later_.Post([this, session, id, done = later_.Answer(std::move(done))]() mutable {
      store_->Get(session, id, std::move(done));
    });
  }
  void List(const std::string& session, int64_t after, int limit, ListDone done) override {
    later_.Post([this, session, after, limit, done = later_.Answer(std::move(done))]() mutable {
      store_->List(session, after, limit, std::move(done));
    });
  }
  void DeleteSession(const std::string& session, DeleteDone done) override {
    later_.Post([this, session, done = later_.Answer(std::move(done))]() mutable {
      store_->DeleteSession(session, std::move(done));
    });
  }

 private:
  Later later_;
  ExecutionStore* const store_;
};

class LaterSessionStore : public SessionStore {
 public:
  // `store` and `loop` outlive it.
  LaterSessionStore(EventLoop* loop, SessionStore* store) : later_(loop), store_(store) {}

  void Put(SessionRecord record, Done done) override {
    later_.Post(
        [this, record = std::move(record), done = later_.Answer(std::move(done))]() mutable {
          store_->Put(std::move(record), std::move(done));
        });
  }
  void Get(const std::string& id, GetDone done) override {
    later_.Post([this, id, done = later_.Answer(std::move(done))]() mutable {
      store_->Get(id, std::move(done));
    });
  }
  void List(const std::string& after, int limit, ListDone done) override {
    later_.Post([this, after, limit, done = later_.Answer(std::move(done))]() mutable {
      store_->List(after, limit, std::move(done));
    });
  }
  void Delete(const std::string& id, Done done) override {
    later_.Post([this, id, done = later_.Answer(std::move(done))]() mutable {
      store_->Delete(id, std::move(done));
    });
  }

 private:
  Later later_;
  SessionStore* const store_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_STORE_LATER_STORES_H_
