// The tests that every SessionStore must pass; see execution_store_contract.h.
#ifndef CARREL_SERVICE_STORE_SESSION_STORE_CONTRACT_H_
#define CARREL_SERVICE_STORE_SESSION_STORE_CONTRACT_H_

#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sandbox/loop/event_loop.h"
#include "service/store/later_stores.h"
#include "service/store/session_store.h"

namespace carrel {

using MakeSessionStore = std::function<std::unique_ptr<SessionStore>(EventLoop*)>;

// The second parameter is true if all calls are posted, and their answers too.
class SessionStoreContract : public testing::TestWithParam<std::tuple<MakeSessionStore, bool>> {
 protected:
  void OnLoop(std::function<void()> function) {
    loop_.Post(std::move(function));
    loop_.context().restart();
    loop_.context().poll();
  }
  void Put(const SessionRecord& record) {
    absl::Status answer = absl::UnknownError("not answered");
    OnLoop([&] { store().Put(record, [&](absl::Status status) { answer = status; }); });
    EXPECT_EQ(answer, absl::OkStatus());
  }
  absl::StatusOr<SessionRecord> Get(const std::string& id) {
    absl::StatusOr<SessionRecord> answer = absl::UnknownError("not answered");
    OnLoop([&] { store().Get(id, [&](auto record) { answer = std::move(record); }); });
    return answer;
  }
  std::vector<std::string> List(const std::string& after, int limit) {
    std::vector<std::string> ids{"not answered"};
    OnLoop([&] {
      store().List(after, limit, [&](const absl::StatusOr<std::vector<SessionRecord>>& records) {
        ids.clear();
        for (const SessionRecord& record : *records) ids.push_back(record.id);
      });
    });
    return ids;
  }
  absl::Status Delete(const std::string& id) {
    absl::Status answer = absl::UnknownError("not answered");
    OnLoop([&] { store().Delete(id, [&](absl::Status status) { answer = status; }); });
    return answer;
  }
  SessionStore& store() { return std::get<bool>(GetParam()) ? later_ : *store_; }

  EventLoop loop_{EventLoop::WithoutThread{}};
  const std::unique_ptr<SessionStore> store_{std::get<0>(GetParam())(&loop_)};
  LaterSessionStore later_{&loop_, store_.get()};
};

inline SessionRecord RecordOf(const std::string& id) {
  SessionRecord record;
  record.id = id;
  return record;
}

// Returns a record with a value in every field.
inline SessionRecord FullRecord() {
  SessionRecord record = RecordOf("s");
  record.owner = "a tenant";
  record.image = "minimal";
  record.labels["team"] = "blue";
  record.limits.set_memory_bytes(int64_t{5} << 30);
  record.environment = {{"A", "1"}, {"B", ""}};
  record.idle_timeout = absl::Minutes(5);
  record.create_time = absl::FromUnixSeconds(1'700'000'000) + absl::Nanoseconds(123'456'789);
  record.last_active_time = record.create_time + absl::Seconds(7);
  record.generation = 3;
  record.last_loss.set_generation(2);
  record.last_loss.set_message("It died.");
  record.directory = "s.random";
  record.uid = 700'123;
  return record;
}

TEST_P(SessionStoreContract, AnswersWithWhatWasPut) {
  const SessionRecord put = FullRecord();
  Put(put);
  const absl::StatusOr<SessionRecord> got = Get("s");
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->id, put.id);
  EXPECT_EQ(got->owner, put.owner);
  EXPECT_EQ(got->image, put.image);
  EXPECT_EQ(got->labels.at("team"), "blue");
  EXPECT_EQ(got->limits.memory_bytes(), put.limits.memory_bytes());
  EXPECT_EQ(got->environment, put.environment);
  EXPECT_EQ(got->idle_timeout, put.idle_timeout);
  EXPECT_EQ(got->create_time, put.create_time);
  EXPECT_EQ(got->last_active_time, put.last_active_time);
  EXPECT_EQ(got->generation, put.generation);
  EXPECT_EQ(got->last_loss.message(), "It died.");
  EXPECT_EQ(got->directory, put.directory);
  EXPECT_EQ(got->uid, put.uid);
}

TEST_P(SessionStoreContract, ALaterRecordReplacesAnEarlierOne) {
  Put(FullRecord());
  SessionRecord record = FullRecord();
  record.labels.clear();
  record.idle_timeout = absl::InfiniteDuration();
  Put(record);
  EXPECT_TRUE(Get("s")->labels.empty());
  EXPECT_EQ(Get("s")->idle_timeout, absl::InfiniteDuration());
  EXPECT_THAT(List("", 9), testing::ElementsAre("s"));
}

TEST_P(SessionStoreContract, ListsInPagesById) {
  for (const char* id : {"c", "a", "b"}) Put(RecordOf(id));
  EXPECT_THAT(List("", 2), testing::ElementsAre("a", "b"));
  EXPECT_THAT(List("b", 2), testing::ElementsAre("c"));
  EXPECT_THAT(List("c", 2), testing::IsEmpty());
}

TEST_P(SessionStoreContract, WhatIsDeletedIsNotFound) {
  Put(RecordOf("a"));
  Put(RecordOf("b"));
  EXPECT_EQ(Delete("a"), absl::OkStatus());
  EXPECT_EQ(Delete("a"), absl::OkStatus());
  EXPECT_TRUE(absl::IsNotFound(Get("a").status()));
  EXPECT_TRUE(Get("b").ok());
}

TEST_P(SessionStoreContract, CallsTakeEffectInTheirOrder) {
  std::vector<std::string> answers;
  OnLoop([&] {
    store().Put(RecordOf("a"), [&](const absl::Status&) { answers.push_back("put"); });
    store().Get("a", [&](const auto& got) { answers.push_back(got.ok() ? "found" : "lost"); });
    store().Delete("a", [&](const absl::Status&) { answers.push_back("deleted"); });
    store().Get("a", [&](const auto& got) { answers.push_back(got.ok() ? "left" : "gone"); });
  });
  EXPECT_THAT(answers, testing::ElementsAre("put", "found", "deleted", "gone"));
}

}  // namespace carrel

#endif  // CARREL_SERVICE_STORE_SESSION_STORE_CONTRACT_H_
