// The tests that every ExecutionStore must pass. The test of an implementation includes this file
// once and runs it on a factory of its own:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, ExecutionStoreContract, testing::Values(…));
#ifndef CARREL_SERVICE_STORE_EXECUTION_STORE_CONTRACT_H_
#define CARREL_SERVICE_STORE_EXECUTION_STORE_CONTRACT_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sandbox/loop/event_loop.h"
#include "service/execution/event_log.h"
#include "service/store/execution_store.h"
#include "service/store/later_stores.h"

namespace carrel {

// Returns an execution with the id "e<ordinal>".
inline StoredExecution ExecutionOf(int64_t ordinal, size_t code_bytes = 10,
                                   bool has_images = false) {
  EventLog log;
  v1::ExecuteEvent event;
  event.mutable_finished()->mutable_execution()->set_code(std::string(code_bytes, 'x'));
  log.Append(std::move(event));
  return log.Store("e" + std::to_string(ordinal), ordinal, has_images);
}

// A store whose calls are made as if they were synchronous.
class AwaitedExecutionStore {
 public:
  AwaitedExecutionStore(EventLoop* loop, ExecutionStore* store) : loop_(loop), store_(store) {}

  // Returns the forgotten executions, as "session/id".
  std::vector<std::string> Put(const std::string& session, const StoredExecution& execution) {
    forgotten_ = Await<std::vector<ForgottenExecution>>(
        [&](auto done) { store_->Put(session, execution, std::move(done)); });
    std::vector<std::string> names;
    for (const ForgottenExecution& one : forgotten_) names.push_back(one.session + "/" + one.id);
    return names;
  }
  // The executions that the last Put returned.
  const std::vector<ForgottenExecution>& forgotten() const { return forgotten_; }
  bool Has(const std::string& session, const std::string& id) {
    return static_cast<bool>(Get(session, id));
  }
  StoredExecution Get(const std::string& session, const std::string& id) {
    std::optional<absl::StatusOr<StoredExecution>> answer;
    OnLoop([&] { store_->Get(session, id, [&](auto found) { answer = std::move(found); }); });
    EXPECT_TRUE(answer.has_value());
    if (answer->ok()) return **answer;
    EXPECT_TRUE(absl::IsNotFound(answer->status())) << answer->status();
    return {};
  }
  std::vector<std::string> List(const std::string& session, int64_t after, int limit) {
    std::vector<std::string> ids;
    for (const StoredExecution& execution : Await<std::vector<StoredExecution>>(
             [&](auto done) { store_->List(session, after, limit, std::move(done)); }))
      ids.emplace_back(execution.id());
    return ids;
  }
  void DeleteSession(const std::string& session) {
    std::optional<absl::Status> answer;
    OnLoop([&] { store_->DeleteSession(session, [&](absl::Status status) { answer = status; }); });
    EXPECT_EQ(answer, absl::OkStatus());
  }

  // Runs `function` on the loop, and all that it leads to.
  void OnLoop(std::function<void()> function) {
    loop_->Post(std::move(function));
    loop_->context().restart();
    loop_->context().poll();
  }
  ExecutionStore* operator->() { return store_; }

 private:
  template <typename Result, typename Call>
  Result Await(Call call) {
    std::optional<absl::StatusOr<Result>> answer;
    OnLoop([&] {
      call([&](absl::StatusOr<Result> result) {
        EXPECT_FALSE(answer.has_value()) << "answered twice";
        answer = std::move(result);
      });
    });
    EXPECT_TRUE(answer.has_value() && answer->ok());
    return answer.has_value() && answer->ok() ? **std::move(answer) : Result();
  }

  EventLoop* const loop_;
  ExecutionStore* const store_;
  std::vector<ForgottenExecution> forgotten_;
};

// Makes a store that keeps `max_count` executions of a session, with events of `max_bytes`.
using MakeExecutionStore =
    std::function<std::unique_ptr<ExecutionStore>(EventLoop*, int max_count, int64_t max_bytes)>;

// The second parameter is true if all calls are posted, and their answers too.
class ExecutionStoreContract : public testing::TestWithParam<std::tuple<MakeExecutionStore, bool>> {
 protected:
  AwaitedExecutionStore Make(int max_count = 10, int64_t max_bytes = 1 << 20) {
    const auto& [make, later] = GetParam();
    store_ = make(&loop_, max_count, max_bytes);
    later_ = std::make_unique<LaterExecutionStore>(&loop_, store_.get());
    return {&loop_, later ? later_.get() : store_.get()};
  }

  EventLoop loop_{EventLoop::WithoutThread{}};
  std::unique_ptr<ExecutionStore> store_;
  std::unique_ptr<LaterExecutionStore> later_;
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(ExecutionStoreContract, AnswersWithWhatWasPut) {
  AwaitedExecutionStore store = Make();
  const StoredExecution put = ExecutionOf(3, 100'000, true);
  EXPECT_THAT(store.Put("s", put), IsEmpty());
  const StoredExecution got = store.Get("s", "e3");
  ASSERT_TRUE(got);
  EXPECT_EQ(got.id(), "e3");
  EXPECT_EQ(got.ordinal(), 3);
  EXPECT_TRUE(got.has_images());
  EXPECT_EQ(got.Serialise(), put.Serialise());
  EXPECT_FALSE(store.Has("s", "e4"));
  EXPECT_FALSE(store.Has("other", "e3"));
}

TEST_P(ExecutionStoreContract, ListsInTheOrderOfAcceptanceWhateverTheOrderOfEnding) {
  AwaitedExecutionStore store = Make();
  for (int64_t ordinal : {2, 1, 3}) store.Put("s", ExecutionOf(ordinal));
  EXPECT_THAT(store.List("s", 0, 2), ElementsAre("e1", "e2"));
  EXPECT_THAT(store.List("s", 2, 10), ElementsAre("e3"));
  EXPECT_THAT(store.List("s", 3, 10), IsEmpty());
  EXPECT_THAT(store.List("other", 0, 10), IsEmpty());
}

TEST_P(ExecutionStoreContract, ForgetsTheOldestWhenThereAreTooMany) {
  AwaitedExecutionStore store = Make(2);
  store.Put("s", ExecutionOf(1, 10, true));
  store.Put("s", ExecutionOf(2));
  EXPECT_THAT(store.Put("s", ExecutionOf(3)), ElementsAre("s/e1"));
  EXPECT_TRUE(store.forgotten()[0].has_images);
  EXPECT_THAT(store.Put("s", ExecutionOf(4)), ElementsAre("s/e2"));
  EXPECT_FALSE(store.forgotten()[0].has_images);
  EXPECT_FALSE(store.Has("s", "e1"));
  EXPECT_TRUE(store.Has("s", "e3"));
  EXPECT_THAT(store.Put("other", ExecutionOf(5)), IsEmpty());
}

TEST_P(ExecutionStoreContract, ForgetsTheOldestWhenTheyAreTooLargeButKeepsTheNewest) {
  AwaitedExecutionStore store = Make(100, 1000);
  store.Put("s", ExecutionOf(1, 400));
  store.Put("s", ExecutionOf(2, 400));
  EXPECT_THAT(store.Put("s", ExecutionOf(3, 5000)), ElementsAre("s/e1", "s/e2"));
  EXPECT_TRUE(store.Has("s", "e3"));
}

TEST_P(ExecutionStoreContract, KeepsTheNewestEvenIfItWasAcceptedFirst) {
  AwaitedExecutionStore store = Make(1);
  store.Put("s", ExecutionOf(2));
  EXPECT_THAT(store.Put("s", ExecutionOf(1)), ElementsAre("s/e2"));
  EXPECT_TRUE(store.Has("s", "e1"));
}

TEST_P(ExecutionStoreContract, DeletesASessionAndLeavesTheOthers) {
  AwaitedExecutionStore store = Make();
  store.Put("a", ExecutionOf(1));
  store.Put("b", ExecutionOf(1));
  store.DeleteSession("a");
  store.DeleteSession("never was");
  EXPECT_FALSE(store.Has("a", "e1"));
  EXPECT_TRUE(store.Has("b", "e1"));
  store.Put("a", ExecutionOf(1));
  EXPECT_TRUE(store.Has("a", "e1"));
}

TEST_P(ExecutionStoreContract, WhatIsDeletedRemainsWithWhoHasIt) {
  AwaitedExecutionStore store = Make();
  store.Put("s", ExecutionOf(1, 10'000));
  const StoredExecution got = store.Get("s", "e1");
  store.DeleteSession("s");
  EXPECT_EQ(got.Finished().code().size(), 10'000u);
}

// Callers rely on this order while their calls are not answered yet.
TEST_P(ExecutionStoreContract, CallsTakeEffectAndAreAnsweredInTheirOrder) {
  AwaitedExecutionStore store = Make(1);
  std::vector<std::string> answers;
  const auto found = [&](const std::string& name) {
    return [&answers, name](const absl::StatusOr<StoredExecution>& answer) {
      answers.push_back(name + (answer.ok() ? " found" : " not found"));
    };
  };
  store.OnLoop([&] {
    store->Get("s", "e1", found("before put"));
    store->Put("s", ExecutionOf(1), [&](const auto&) { answers.push_back("put"); });
    store->Get("s", "e1", found("after put"));
    store->Put("s", ExecutionOf(2), [&](const auto& forgotten) {
      answers.push_back("forgotten " + (*forgotten)[0].id);
    });
    store->List("s", 0, 9, [&](const auto& listed) {
      answers.push_back("listed " + std::string((*listed)[0].id()));
    });
    store->DeleteSession("s", [&](const auto&) { answers.push_back("deleted"); });
    store->Get("s", "e2", found("after delete"));
  });
  EXPECT_THAT(answers, ElementsAre("before put not found", "put", "after put found", "forgotten e1",
                                   "listed e2", "deleted", "after delete not found"));
}

}  // namespace carrel

#endif  // CARREL_SERVICE_STORE_EXECUTION_STORE_CONTRACT_H_
