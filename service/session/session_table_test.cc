// A table with a fake zygote and fake interpreters. Each test runs with stores that answer at once,
// and with stores that answer later.
#include "service/session/session_table.h"

#include <unistd.h>

#include <asio/thread_pool.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/session/fake_interpreters.h"
#include "service/store/later_stores.h"
#include "service/store/memory/memory_execution_store.h"
#include "service/store/memory/memory_session_store.h"

namespace carrel {
namespace {

namespace fs = std::filesystem;

// A store of sessions that refuses records.
class RefusingSessionStore : public MemorySessionStore {
 public:
  void Put(SessionRecord /*record*/, Done done) override { done(absl::DataLossError("disk")); }
};

class SessionTableTest : public testing::TestWithParam<bool> {
 protected:
  SessionTableTest() {
    std::string pattern = testing::TempDir() + "/table.XXXXXX";
    settings_.data_directory = mkdtemp(pattern.data());
    fs::create_directory(settings_.data_directory + "/sessions");
    settings_.max_session_count = 10;
    settings_.max_queue_length = 2;
    image_.config.set_name("minimal");
    MakeTable(&sessions_);
  }
  ~SessionTableTest() override {
    table_.reset();
    loop_.Stop();
    pool_.join();
    fs::remove_all(settings_.data_directory);
  }

  void MakeTable(SessionStore* sessions) {
    later_sessions_.emplace(&loop_, sessions);
    SessionIsolation isolation;
    isolation.isolation_mode = IsolationMode::kRestricted;  // Sessions have this user's id.
    const bool later = GetParam();
    table_ = std::make_unique<SessionTable>(
        &loop_, &pool_, later ? static_cast<ExecutionStore*>(&later_executions_) : &executions_,
        later ? static_cast<SessionStore*>(&*later_sessions_) : sessions, &settings_, isolation,
        std::vector<ServedImage>{{&image_, &zygote_}});
  }
  template <typename Condition>
  testing::AssertionResult Await(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return testing::AssertionFailure();
      loop_.context().restart();
      loop_.context().run_for(std::chrono::milliseconds(1));
    }
    return testing::AssertionSuccess();
  }
  template <typename F>
  void OnLoop(F function) {
    loop_.Post(std::move(function));
    loop_.context().restart();
    loop_.context().poll();
  }

  using Created = std::optional<absl::StatusOr<v1::Session>>;
  void CreateTo(Created* created, const std::string& id) {
    SessionSpec spec;
    spec.id = id;
    spec.image = {&image_, &zygote_};
    spec.idle_timeout = absl::Seconds(60);
    OnLoop([&] {
      table_->Create(caller_, spec, [created](auto session) { *created = std::move(session); });
    });
    ASSERT_TRUE(Await([&] { return zygote_.waiting() == 1; }));
    OnLoop([&] { interpreters_.push_back(zygote_.Succeed()); });
  }
  absl::StatusOr<v1::Session> Create(const std::string& id) {
    Created created;
    CreateTo(&created, id);
    EXPECT_TRUE(Await([&] { return created.has_value(); }));
    return *created;
  }
  bool Exists(const std::string& id) {
    bool found = false;
    OnLoop([&] { found = table_->Find(caller_, id).ok(); });
    return found;
  }
  std::shared_ptr<Session> Find(const std::string& id) {
    std::shared_ptr<Session> session;
    OnLoop([&] { session = table_->Find(caller_, id).value(); });
    return session;
  }
  bool HasRecord(const std::string& id) {
    bool found = false;
    sessions_.Get(id, [&](const auto& record) { found = record.ok(); });
    return found;
  }
  // Reports the ends of all interpreters that were killed.
  void EndKilled() {
    OnLoop([&] {
      for (const auto& record : interpreters_)
        if (record->interpreter != nullptr && !record->kills.empty()) record->interpreter->Die();
    });
  }

  const Caller caller_{"", "", absl::InfiniteFuture()};
  EventLoop loop_{EventLoop::WithoutThread{}};
  asio::thread_pool pool_{1};
  ServerSettings settings_;
  ImageSettings image_;
  FakeZygote zygote_;
  std::vector<std::shared_ptr<FakeInterpreter::Record>> interpreters_;
  MemoryExecutionStore executions_{10, 1 << 20, 3000};
  MemorySessionStore sessions_;
  RefusingSessionStore refusing_;
  LaterExecutionStore later_executions_{&loop_, &executions_};
  std::optional<LaterSessionStore> later_sessions_;
  std::unique_ptr<SessionTable> table_;
};

TEST_P(SessionTableTest, ASessionIsRecordedBeforeItsCallerKnowsItUntilItIsDeleted) {
  ASSERT_TRUE(Create("s").ok());
  EXPECT_TRUE(HasRecord("s"));
  std::optional<absl::Status> deleted;
  OnLoop([&] { table_->Delete(caller_, "s", [&](absl::Status status) { deleted = status; }); });
  EXPECT_FALSE(Exists("s"));
  EXPECT_FALSE(deleted.has_value());
  EndKilled();
  ASSERT_TRUE(Await([&] { return deleted.has_value(); }));
  EXPECT_EQ(*deleted, absl::OkStatus());
  EXPECT_FALSE(HasRecord("s"));
  EXPECT_EQ(table_->size(), 0);
}

TEST_P(SessionTableTest, ASessionBelongsToTheTenantOfItsCaller) {
  std::optional<absl::StatusOr<v1::Session>> created;
  SessionSpec spec;
  spec.id = "s";
  spec.image = {&image_, &zygote_};
  OnLoop([&] {
    table_->Create(Caller("blue", "", absl::InfiniteFuture()), spec,
                   [&](auto session) { created = std::move(session); });
  });
  ASSERT_TRUE(Await([&] { return zygote_.waiting() == 1; }));
  OnLoop([&] { zygote_.Succeed(); });
  ASSERT_TRUE(Await([&] { return created.has_value(); }));
  EXPECT_EQ(Find("s")->owner(), "blue");
  std::string owner;
  sessions_.Get("s", [&](const auto& record) { owner = record->owner; });
  EXPECT_EQ(owner, "blue");
}

TEST_P(SessionTableTest, ASessionThatCannotBeRecordedIsDeleted) {
  MakeTable(&refusing_);
  Created created;
  CreateTo(&created, "s");
  EndKilled();
  ASSERT_TRUE(Await([&] { return created.has_value(); }));
  EXPECT_TRUE(absl::IsInternal(created->status())) << created->status();
  EXPECT_FALSE(Exists("s"));
  EXPECT_EQ(table_->size(), 0);
}

TEST_P(SessionTableTest, ImagesOfAnotherSessionsForgottenExecutionAreDeleted) {
  ASSERT_TRUE(Create("large").ok());
  ASSERT_TRUE(Create("small").ok());
  const std::string folder =
      settings_.data_directory + "/sessions/" + Find("large")->files()->folder() + "/executions/e";
  fs::create_directories(folder + "/images");
  executions_.Put("large", StoredExecution("e", 1, true, std::string(2000, 'x')),
                  [](const auto&) {});
  OnLoop([&] {
    ExecutionSpec spec;
    spec.code = std::string(1500, 'x');
    table_->Find(caller_, "small").value()->Submit(std::move(spec), [](const auto&) {});
    table_->Find(caller_, "small").value()->StartNext();
    interpreters_[1]->interpreter->End();
  });
  EXPECT_TRUE(Await([&] { return !fs::exists(folder); }));
}

INSTANTIATE_TEST_SUITE_P(Stores, SessionTableTest, testing::Bool(), [](const auto& later) {
  return later.param ? "AnswerLater" : "AnswerAtOnce";
});

}  // namespace
}  // namespace carrel
